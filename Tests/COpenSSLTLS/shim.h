#ifndef CARACAL_COPENSSL_TLS_SHIM_H
#define CARACAL_COPENSSL_TLS_SHIM_H
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

static inline int ctls_take_any(int preverified, X509_STORE_CTX *store) {
    (void)preverified;
    (void)store;
    return 1;
}

/* A server's context with a certificate and key in PEM; `asks` wants a certificate of clients and takes any. NULL where
   OpenSSL refuses. Macros and callbacks with opaque types are beyond Swift. */
static inline SSL_CTX *ctls_server(const void *certificate, int certificate_count, const void *key, int key_count, int asks) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    BIO *certificate_bio = BIO_new_mem_buf(certificate, certificate_count);
    BIO *key_bio = BIO_new_mem_buf(key, key_count);
    X509 *own = PEM_read_bio_X509(certificate_bio, NULL, NULL, NULL);
    EVP_PKEY *own_key = PEM_read_bio_PrivateKey(key_bio, NULL, NULL, NULL);
    int ok = context != NULL && own != NULL && own_key != NULL && SSL_CTX_use_certificate(context, own) == 1
        && SSL_CTX_use_PrivateKey(context, own_key) == 1
        && SSL_CTX_set_session_id_context(context, (const unsigned char *)"test", 4) == 1;
    if (ok && asks) SSL_CTX_set_verify(context, SSL_VERIFY_PEER, ctls_take_any);
    X509_free(own);
    EVP_PKEY_free(own_key);
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    if (ok) return context;
    SSL_CTX_free(context);
    return NULL;
}

/* The subject of the client's certificate on one line; empty where it showed none. Returns its length. */
static inline int ctls_peer(SSL *session, char *out, int capacity) {
    X509 *peer = SSL_get1_peer_certificate(session);
    out[0] = 0;
    if (peer == NULL) return 0;
    X509_NAME_oneline(X509_get_subject_name(peer), out, capacity);
    X509_free(peer);
    return (int)strlen(out);
}

static inline const char *ctls_asked_name(SSL *session) { return SSL_get_servername(session, TLSEXT_NAMETYPE_host_name); }
#endif
