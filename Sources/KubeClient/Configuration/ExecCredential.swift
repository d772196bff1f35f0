import Crypto
import KubeModel

/// What a credential plug-in is told and what it answers: the `ExecCredential` of `client.authentication.k8s.io`.
///
/// https://kubernetes.io/docs/reference/config-api/client-authentication.v1/
struct ExecCredential: Sendable {
    struct Certificate: Sendable, Equatable {
        var certificate: [UInt8]
        var key: [UInt8]
    }

    var token: String?
    var certificate: Certificate?
    /// nil where it is good until it is refused.
    var expiry: Timestamp?

    static let apiVersions = ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"]

    /// The content of `KUBERNETES_EXEC_INFO`.
    static func request(apiVersion: String, isInteractive: Bool, cluster: JSONValue?) -> String {
        var spec = JSONObject()
        if let cluster { spec["cluster"] = cluster }
        spec["interactive"] = .bool(isInteractive)
        let info: JSONValue = [
            "kind": "ExecCredential", "apiVersion": .string(apiVersion), "spec": .object(spec),
        ]
        return info.text
    }

    /// From what the plug-in printed. Nothing of it is ever quoted: any part may be the secret.
    init(parsing output: [UInt8], apiVersion: String) throws(ConfigurationError) {
        guard let answer = try? JSONValue(parsing: output), answer.object != nil else {
            throw ConfigurationError("printed \(output.count) bytes that are not a JSON object")
        }
        guard answer["kind"]?.string == "ExecCredential" else {
            throw ConfigurationError("printed an object that is not of kind ExecCredential")
        }
        guard let version = answer["apiVersion"]?.string, version == apiVersion else {
            let known = answer["apiVersion"]?.string.flatMap { Self.apiVersions.contains($0) ? $0 : nil }
            throw ConfigurationError(
                "answered with \(known.map { "apiVersion \($0)" } ?? "another apiVersion"), but the kubeconfig asks for \(apiVersion)"
            )
        }
        guard let status = answer["status"], status.object != nil else {
            throw ConfigurationError("printed no status")
        }
        func text(_ field: String) throws(ConfigurationError) -> String? {
            guard let value = status[field], !value.isNull else { return nil }
            guard let text = value.string else { throw ConfigurationError("printed a status.\(field) that is no text") }
            return text.isEmpty ? nil : text
        }
        token = try text("token")
        if let token, !BearerToken.isSendable(token) {
            throw ConfigurationError("printed a token with blanks, line breaks or other than ASCII text")
        }
        switch (try text("clientCertificateData"), try text("clientKeyData")) {
        case (nil, nil):
            guard token != nil else { throw ConfigurationError("printed neither a token nor a certificate and key") }
        case (let certificate?, let key?):
            let pair = Certificate(certificate: Array(certificate.utf8), key: Array(key.utf8))
            if let problem = KeyPair.problem(certificate: pair.certificate, key: pair.key) {
                throw ConfigurationError("printed a client certificate and key that cannot be used: \(problem)")
            }
            self.certificate = pair
        case (_?, nil): throw ConfigurationError("printed clientCertificateData without clientKeyData")
        case (nil, _?): throw ConfigurationError("printed clientKeyData without clientCertificateData")
        }
        if let expiration = try text("expirationTimestamp") {
            guard let expiry = Self.time(expiration) else {
                throw ConfigurationError("printed an expirationTimestamp that is not an RFC 3339 time")
            }
            self.expiry = expiry
        }
    }

    /// RFC 3339 with any offset: many plug-ins write `+00:00` for `Z`.
    static func time(_ text: String) -> Timestamp? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20 else { return nil }
        func number(_ range: Range<Int>) -> Int? {
            guard range.upperBound <= bytes.count else { return nil }
            return bytes[range].reduce(0 as Int?) { value, byte in
                guard let value, (0x30...0x39).contains(byte) else { return nil }
                return value * 10 + Int(byte - 0x30)
            }
        }
        let separators: [(Int, String)] = [(4, "-"), (7, "-"), (10, "Tt "), (13, ":"), (16, ":")]
        guard separators.allSatisfy({ $0.1.utf8.contains(bytes[$0.0]) }), number(0..<4) != nil,
            let month = number(5..<7), (1...12).contains(month), let day = number(8..<10), (1...31).contains(day),
            let hour = number(11..<13), hour < 24, let minute = number(14..<16), minute < 60,
            let second = number(17..<19), second <= 60,
            var moment = Timestamp(
                String(decoding: bytes[..<10], as: UTF8.self) + "T" + String(decoding: bytes[11..<19], as: UTF8.self)
                    + "Z")
        else { return nil }
        var at = 19
        if bytes[at] == UInt8(ascii: ".") {
            at += 1
            let start = at
            while at < bytes.count, (0x30...0x39).contains(bytes[at]) { at += 1 }
            guard at > start else { return nil }
        }
        guard at < bytes.count else { return nil }
        switch bytes[at] {
        case UInt8(ascii: "Z"), UInt8(ascii: "z"): return at + 1 == bytes.count ? moment : nil
        case UInt8(ascii: "+"), UInt8(ascii: "-"):
            guard at + 6 == bytes.count, bytes[at + 3] == UInt8(ascii: ":"), let hours = number(at + 1..<at + 3),
                hours < 24, let minutes = number(at + 4..<at + 6), minutes < 60
            else { return nil }
            let offset = Double(hours * 3600 + minutes * 60)
            moment.seconds -= bytes[at] == UInt8(ascii: "+") ? offset : -offset
            return moment
        default: return nil
        }
    }
}
