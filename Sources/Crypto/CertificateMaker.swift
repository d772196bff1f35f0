import COpenSSL

/// A certificate and its key in PEM, for trying things out: no cluster's clients trust it.
package struct MadeCertificate: Sendable {
    package var certificate: [UInt8]
    package var key: [UInt8]

    /// For the hosts, valid between two moments in seconds since 1970; signed by `issuer`, or by itself. nil where OpenSSL
    /// refuses a name.
    package static func make(
        hosts: [String], notBefore: Int64, notAfter: Int64, name: String = "caracal", issuer: MadeCertificate? = nil
    ) -> MadeCertificate? {
        defer { ERR_clear_error() }
        guard let certificateOut = BIO_new(BIO_s_mem()), let keyOut = BIO_new(BIO_s_mem()) else { return nil }
        defer {
            BIO_free(certificateOut)
            BIO_free(keyOut)
        }
        let names = hosts.map { "DNS:\($0)" }.joined(separator: ",")
        let isMade: Bool? =
            if let issuer {
                issuer.reading { parent, parentKey in
                    copenssl_make_certificate(
                        names, notBefore, notAfter, name, parent, parentKey, certificateOut, keyOut) == 1
                }
            } else {
                copenssl_make_certificate(names, notBefore, notAfter, name, nil, nil, certificateOut, keyOut) == 1
            }
        guard isMade == true else { return nil }
        return MadeCertificate(certificate: contents(certificateOut), key: contents(keyOut))
    }

    private func reading(_ body: (OpaquePointer, OpaquePointer) -> Bool) -> Bool? {
        guard let parent = PEM.reading(certificate, { PEM_read_bio_X509($0, nil, nil, nil) }) else { return nil }
        defer { X509_free(parent) }
        guard let parentKey = PEM.reading(key, { PEM_read_bio_PrivateKey($0, nil, nil, nil) }) else { return nil }
        defer { EVP_PKEY_free(parentKey) }
        return body(parent, parentKey)
    }

    private static func contents(_ bio: OpaquePointer) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while case let count = BIO_read(bio, &chunk, Int32(chunk.count)), count > 0 { bytes += chunk[..<Int(count)] }
        return bytes
    }
}
