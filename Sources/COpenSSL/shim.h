#ifndef CARACAL_COPENSSL_SHIM_H
#define CARACAL_COPENSSL_SHIM_H
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

/* The one-shot HMAC; EVP_sha256() returns an opaque type that Swift need not see. */
static inline int copenssl_hmac_sha256(const void *key, size_t key_count, const void *data, size_t data_count, unsigned char out[32]) {
    unsigned int n = 32;
    return HMAC(EVP_sha256(), key, (int)key_count, data, data_count, out, &n) != NULL && n == 32;
}

/* Seconds since 1970, INT64_MIN where the time cannot be read. */
static inline int64_t copenssl_seconds(const ASN1_TIME *time) {
    struct tm parts;
    memset(&parts, 0, sizeof parts);
    return ASN1_TIME_to_tm(time, &parts) == 1 ? (int64_t)timegm(&parts) : INT64_MIN;
}
static inline int64_t copenssl_not_before(const X509 *c) { return copenssl_seconds(X509_get0_notBefore(c)); }
static inline int64_t copenssl_not_after(const X509 *c) { return copenssl_seconds(X509_get0_notAfter(c)); }

/* The DNS names of subjectAltName, each ended by a newline; macros over stacks of unions are beyond Swift. Returns how
   many bytes were written; names that do not fit are left out. */
static inline size_t copenssl_dns_names(const X509 *c, char *out, size_t capacity) {
    size_t used = 0;
    GENERAL_NAMES *names = (GENERAL_NAMES *)X509_get_ext_d2i(c, NID_subject_alt_name, NULL, NULL);
    if (names == NULL) return 0;
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        if (name->type != GEN_DNS) continue;
        size_t count = (size_t)ASN1_STRING_length(name->d.dNSName);
        if (used + count + 1 > capacity) break;
        memcpy(out + used, ASN1_STRING_get0_data(name->d.dNSName), count);
        used += count;
        out[used++] = '\n';
    }
    GENERAL_NAMES_free(names);
    return used;
}

/* A P-256 key and a certificate over it for the names (an extension's text, "DNS:a,DNS:b"), signed by the issuer or, where
   that is NULL, by itself; PEM of both goes into the two memory BIOs. Variadic and macro calls are beyond Swift. */
static inline int copenssl_make_certificate(
    const char *names, int64_t not_before, int64_t not_after, const char *common_name, X509 *issuer, EVP_PKEY *issuer_key,
    BIO *certificate_out, BIO *key_out) {
    int ok = 0;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_EXTENSION *extension = NULL;
    if (key == NULL || certificate == NULL) goto done;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set_int64(X509_get_serialNumber(certificate), not_before & 0x7fffffff);
    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)not_before);
    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)not_after);
    X509_NAME_add_entry_by_txt(
        X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, (const unsigned char *)common_name, -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer ? issuer : certificate));
    X509_set_pubkey(certificate, key);
    if (names[0] != 0) {
        extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
        if (extension == NULL || X509_add_ext(certificate, extension, -1) != 1) goto done;
    }
    if (X509_sign(certificate, issuer_key ? issuer_key : key, EVP_sha256()) == 0) goto done;
    ok = PEM_write_bio_X509(certificate_out, certificate) == 1
        && PEM_write_bio_PrivateKey(key_out, key, NULL, NULL, 0, NULL, NULL) == 1;
done:
    X509_EXTENSION_free(extension);
    X509_free(certificate);
    EVP_PKEY_free(key);
    return ok;
}
#endif
