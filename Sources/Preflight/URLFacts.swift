import KubeModel

/// What may be known of a URL that holds credentials: where it leads and how, never who with.
package struct URLFacts: Sendable, Equatable {
    package var scheme: String
    /// In lower case, IPv6 without brackets; several where the client takes a list.
    package var hosts: [String]
    /// As written; nil where the scheme's own applies.
    package var ports: [Int32?]
    /// Without the leading slash; the database's name or number.
    package var path: String
    /// `sslmode`, in lower case.
    package var sslMode: String?
    package var namesRootCertificate = false
    package var hasPassword: Bool
    /// Keyed digest of the password as the server gets it, to compare with a password kept as a key of its own.
    package var passwordDigest: String?
    /// Why a client would read the URL otherwise than it was meant: what, never which characters.
    package var problem: String?
    /// What most clients read as it was meant, and some may not.
    package var doubt: String?
    /// `ssl=true`, which Node takes for TLS.
    package var asksForTLS = false

    /// nil for what has no scheme and authority.
    init?(_ text: String, digest: ([UInt8]) -> String) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        let name = text[..<colon]
        guard !name.isEmpty, name.utf8.allSatisfy({ $0 < 128 && Self.isSchemeByte($0) }) else { return nil }
        scheme = name.lowercased()
        var rest = text[colon...].dropFirst(3)
        if let fragment = rest.firstIndex(of: "#") {
            problem = "has an unescaped #: write it as %23"
            rest = rest[..<fragment]
        }
        let query = rest.firstIndex(of: "?").map { rest[$0...].dropFirst() } ?? ""
        let upToQuery = rest.prefix { $0 != "?" }
        let authority = upToQuery.prefix { $0 != "/" }
        path = String(upToQuery.dropFirst(authority.count).dropFirst())
        // A password with a raw slash or question mark ends the authority early; its @ then stands behind it.
        if !authority.contains("@"), rest.dropFirst(authority.count).contains("@") {
            problem = problem ?? "has an unescaped / or ? before its @: write them as %2F and %3F"
        }
        let at = authority.lastIndex(of: "@")
        let credentials = at.map { authority[..<$0] }
        let places = at.map { authority[authority.index(after: $0)...] } ?? authority
        if credentials?.contains("@") == true { doubt = "has an unescaped @ in its login: write it as %40" }
        let password = credentials.flatMap { text in text.firstIndex(of: ":").map { text[$0...].dropFirst() } }
        hasPassword = password?.isEmpty == false
        if let credentials, Self.percentDecoded(credentials) == nil {
            problem = problem ?? "has a % in its login that begins no escape: write it as %25"
        }
        if let password, !password.isEmpty { passwordDigest = Self.percentDecoded(password).map(digest) }
        (hosts, ports) = ([], [])
        for place in places.split(separator: ",", omittingEmptySubsequences: false) { add(place) }
        if hosts.contains("") { problem = problem ?? "names no host" }
        for pair in query.split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { continue }
            if parts[0] == "sslmode" { sslMode = parts[1].lowercased() }
            if parts[0] == "ssl", ["true", "1"].contains(parts[1]) { asksForTLS = true }
            if parts[0] == "sslrootcert" { namesRootCertificate = true }
        }
    }

    private mutating func add(_ place: Substring) {
        var host = place
        var port: Substring?
        if place.hasPrefix("["), let end = place.firstIndex(of: "]") {
            host = place[place.index(after: place.startIndex)..<end]
            let tail = place[place.index(after: end)...]
            port = tail.hasPrefix(":") ? tail.dropFirst() : nil
        } else if let colon = place.lastIndex(of: ":") {
            host = place[..<colon]
            port = place[place.index(after: colon)...]
        }
        let number = port.flatMap { Int32($0) }
        if port != nil, number.map({ !(1...65535).contains($0) }) ?? true {
            problem = problem ?? "has a port that is not a number from 1 to 65535"
        }
        hosts.append(host.lowercased())
        ports.append(number)
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        let isLetter = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
        return isLetter || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || [0x2B, 0x2D, 0x2E].contains(byte)
    }

    /// nil where a percent sign begins no escape.
    private static func percentDecoded(_ text: Substring) -> [UInt8]? {
        var out: [UInt8] = []
        var bytes = text.utf8.makeIterator()
        while let byte = bytes.next() {
            guard byte == UInt8(ascii: "%") else {
                out.append(byte)
                continue
            }
            guard let high = bytes.next(), let low = bytes.next(), let value = HexDigits.byte(high, low) else {
                return nil
            }
            out.append(value)
        }
        return out
    }
}

enum HexDigits {
    static func byte(_ high: UInt8, _ low: UInt8) -> UInt8? {
        guard let high = digit(high), let low = digit(low) else { return nil }
        return high << 4 | low
    }

    /// What strict hexadecimal text stands for: an even number of digits, no prefix, no blanks, no newline.
    static func bytes(_ text: [UInt8]) -> [UInt8]? {
        guard text.count % 2 == 0, !text.isEmpty else { return nil }
        var out: [UInt8] = []
        out.reserveCapacity(text.count / 2)
        for index in stride(from: 0, to: text.count, by: 2) {
            guard let byte = byte(text[index], text[index + 1]) else { return nil }
            out.append(byte)
        }
        return out
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
