/// A regular expression of a schema or rule. The dialect of the API server is RE2; the expressions used here mean the
/// same in both, once Swift is told to look at code points and to take \d, \s and \w for ASCII.
struct Pattern {
    private let regex: Regex<AnyRegexOutput>

    init(_ text: String) throws(CELError) {
        do {
            regex = try Regex(text).matchingSemantics(.unicodeScalar).asciiOnlyCharacterClasses()
        } catch { throw CELError("'\(text)' is not a regular expression") }
    }

    func isFound(in text: String) -> Bool { (try? regex.firstMatch(in: text)) != nil }
}
