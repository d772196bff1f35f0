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

/* The one-shot HMAC; EVP_sha256() returns an opaque type that Swift need not see. */
static inline int copenssl_hmac_sha256(const void *key, size_t key_count, const void *data, size_t data_count, unsigned char out[32]) {
    unsigned int n = 32;
    return HMAC(EVP_sha256(), key, (int)key_count, data, data_count, out, &n) != NULL && n == 32;
}
#endif
