import COpenSSL

/// An X.509 certificate, as the world may see it: nothing of it is secret.
package struct Certificate: Sendable, Hashable {
    private var der: [UInt8]
    /// DNS names of subjectAltName, as they stand there.
    package var names: [String]
    /// Seconds since 1970.
    package var notBefore: Int64
    package var notAfter: Int64

    /// Whether a client that asks for the host would accept the certificate's names: wildcards as RFC 6125 has them, no
    /// fall-back to the common name.
    package func covers(_ host: String) -> Bool {
        reading { certificate in
            let flags = UInt32(X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
            if X509_check_host(certificate, host, host.utf8.count, flags, nil) == 1 { return true }
            return X509_check_ip_asc(certificate, host, 0) == 1
        } ?? false
    }

    /// Whether the other certificate is this one's issuer, by name and key identifier.
    package func isIssued(by issuer: Certificate) -> Bool {
        reading { own in issuer.reading { X509_check_issued($0, own) == X509_V_OK } ?? false } ?? false
    }

    private func reading<Value>(_ body: (OpaquePointer) -> Value) -> Value? {
        defer { ERR_clear_error() }
        return der.withUnsafeBufferPointer { buffer in
            var start = buffer.baseAddress
            guard let parsed = d2i_X509(nil, &start, buffer.count) else { return nil }
            defer { X509_free(parsed) }
            return body(parsed)
        }
    }

    fileprivate init?(_ certificate: OpaquePointer) {
        let count = i2d_X509(certificate, nil)
        guard count > 0 else { return nil }
        der = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, used in
            var out = buffer.baseAddress
            used = Int(max(0, i2d_X509(certificate, &out)))
        }
        notBefore = copenssl_not_before(certificate)
        notAfter = copenssl_not_after(certificate)
        guard notBefore != .min, notAfter != .min else { return nil }
        var text = [CChar](repeating: 0, count: 16384)
        let used = copenssl_dns_names(certificate, &text, text.count)
        names = String(decoding: text[..<used].map(UInt8.init(bitPattern:)), as: UTF8.self).split(separator: "\n")
            .map(String.init)
    }
}

extension CertificateBundle {
    /// The certificates of a PEM text in their order; nil where it holds none or one that cannot be read.
    package static func certificates(_ pem: [UInt8]) -> [Certificate]? {
        guard let wanted = count(pem), wanted > 0 else { return nil }
        defer { ERR_clear_error() }
        let found = PEM.reading(pem) { bio -> [Certificate] in
            var found: [Certificate] = []
            while let parsed = PEM_read_bio_X509(bio, nil, nil, nil) {
                if let certificate = Certificate(parsed) { found.append(certificate) }
                X509_free(parsed)
            }
            return found
        }
        return found?.count == wanted ? found : nil
    }
}
