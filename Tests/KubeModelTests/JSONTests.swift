import KubeModel
import Testing

@Suite struct JSONTests {
    @Test(arguments: [
        "{}", "[]", "null", "true", "\"a\"", "0", "-1", "9223372036854775807", "1.5", "{\"a\":[1,{\"b\":null}]}",
        "\"\\u00e9\"", "\"😀\"",
    ])
    func roundTrips(text: String) throws {
        let value = try JSONValue(parsing: text)
        #expect(try JSONValue(parsing: value.bytes) == value)
    }

    @Test func keepsAll64Bits() throws {
        #expect(try JSONValue(parsing: "9007199254740993").text == "9007199254740993")
        #expect(try JSONValue(parsing: "1.0").integer == 1)
        #expect(try JSONValue(parsing: "1000.0").text == "1000")
    }

    @Test(arguments: [
        "", "{", "[1,", "{\"a\"}", "{\"a\":}", "01", "1.", "1e", "+1", "nul", "\"\\x\"", "\"\\ud800\"", "\"a", "[1]x",
        "\"\u{1}\"", "{a:1}", "1e999", "--1",
    ])
    func refuses(text: String) {
        #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
    }

    @Test func refusesWhatIsNotUTF8AndWhatIsTooDeep() {
        #expect(throws: JSONError.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        #expect(throws: JSONError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
    }

    /// Apply bodies are read as YAML: slashes raw; C1 controls, line separators, U+FFFE and U+FFFF escaped; all else raw.
    @Test func escapesForTheReaderBehindApply() {
        #expect(JSONValue.string("a/b").text == "\"a/b\"")
        #expect(
            JSONValue.string("\u{7F}\u{85}\u{9F}\u{FFFE}\u{FFFF}").text == "\"\\u007f\\u0085\\u009f\\ufffe\\uffff\"")
        #expect(JSONValue.string("\u{2028}\u{2029}").text == "\"\\u2028\\u2029\"")
        #expect(JSONValue.string("\u{A0}é😀").text == "\"\u{A0}é😀\"")
    }

    @Test func everyScalarSurvives() throws {
        for value in stride(from: UInt32(1), through: 0x10FFFF, by: 97) {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let text = JSONValue.string(String(Character(scalar)))
            #expect(try JSONValue(parsing: text.bytes) == text)
        }
    }

    @Test func equalityDoesNotSeeOrder() {
        let one: JSONValue = ["a": 1, "b": ["c": 2]]
        let other: JSONValue = ["b": ["c": 2], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
    }

    @Test func largeObjectsKeepTheirEntries() {
        var object = JSONObject()
        for index in 0..<200 { object["k\(index)"] = .integer(Int64(index)) }
        object["k50"] = nil
        #expect(object.count == 199)
        #expect(object["k50"] == nil)
        #expect(object["k199"] == 199)
    }

    @Test func absentIsNotNull() throws {
        let pod = PodSpec { $0.hostNetwork = false }
        #expect(try JSONValue(encoding: pod) == ["hostNetwork": false])
    }

    @Test func decodingNamesTheField() {
        struct Inner: Decodable { var port: Int32 }
        struct Outer: Decodable { var items: [Inner] }
        let value: JSONValue = ["items": [["port": "x"]]]
        do {
            _ = try value.decode(Outer.self)
            Issue.record("should not decode")
        } catch let error as DecodingError {
            #expect(error.fieldMessage == "items[0].port: expected int32, found string")
        } catch { Issue.record("\(error)") }
    }

    /// Every rendering encodes some thousand values. Fails where a value and the one it is within keep each other.
    @Test func whatWasEncodedIsLetGoOf() throws {
        let trace = Trace()
        let value = try JSONValue(encoding: Traced(trace: trace))
        #expect(value == ["outer": ["inner": ["text"]]])
        #expect(trace.key == nil)
        #expect(throws: EncodingError.self) { try JSONValue(encoding: Traced(trace: trace, isBad: true)) }
        #expect(trace.key == nil, "nor where it failed")
    }

    private final class Trace { weak var key: TracedKey? }

    private final class TracedKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Its key is kept by what is under construction for it, and by nothing else.
    private struct Traced: Encodable {
        let trace: Trace
        var isBad = false

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: TracedKey.self)
            let key = TracedKey(stringValue: "outer")
            trace.key = key
            if isBad { try container.encode(["inner": [UInt64.max]], forKey: key) }
            try container.encode(["inner": ["text"]], forKey: key)
        }
    }
}
