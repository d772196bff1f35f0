import COpenSSL

/// Whether a client certificate and a private key can be used together.
package enum KeyPair {
    /// Why the two cannot be used together, in words that fit after "the client certificate and key: "; nil where
    /// they can. Both are PEM; of a chain the first certificate counts. Neither is ever quoted.
    package static func problem(certificate: [UInt8], key: [UInt8]) -> String? {
        defer { ERR_clear_error() }
        guard let leaf = PEM.reading(certificate, { PEM_read_bio_X509($0, nil, nil, nil) }) else {
            return "the certificate is not a PEM certificate that can be read"
        }
        defer { X509_free(leaf) }
        // An empty passphrase rather than none: OpenSSL would ask for it on the terminal.
        var passphrase: [CChar] = [0]
        let parsed = PEM.reading(key) { bio in
            passphrase.withUnsafeMutableBytes { PEM_read_bio_PrivateKey(bio, nil, nil, $0.baseAddress) }
        }
        guard let parsed else { return "the key is not an unencrypted PEM private key that can be read" }
        defer { EVP_PKEY_free(parsed) }
        return X509_check_private_key(leaf, parsed) == 1 ? nil : "the key does not belong to the certificate"
    }
}

/// A file of certificates, one after the other.
package enum CertificateBundle {
    /// How many certificates the PEM text holds; nil where one of them cannot be read, as in a file that is being
    /// written.
    package static func count(_ pem: [UInt8]) -> Int? {
        defer { ERR_clear_error() }
        return PEM.reading(pem) { bio in
            var count = 0
            while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) {
                X509_free(certificate)
                count += 1
            }
            let reason = ERR_GET_REASON(ERR_peek_last_error())
            return reason == PEM_R_NO_START_LINE ? count : nil
        }
    }
}

enum PEM {
    /// Lends the bytes to OpenSSL as something it can read from.
    static func reading<Value>(_ bytes: [UInt8], _ body: (OpaquePointer) -> Value?) -> Value? {
        bytes.withUnsafeBytes { buffer -> Value? in
            guard let base = buffer.baseAddress, let bio = BIO_new_mem_buf(base, Int32(clamping: buffer.count)) else {
                return nil
            }
            defer { BIO_free(bio) }
            return body(bio)
        }
    }
}
