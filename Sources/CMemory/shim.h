#include <elf.h>
#include <malloc.h>
#include <stddef.h>

// <link.h> has these only for programs that define _GNU_SOURCE, which would be another C library than Swift's own module.
struct loaded_object {
  Elf64_Addr address;
  const char *name;
  const Elf64_Phdr *headers;
  Elf64_Half count;
};

// The beginning of dl_iterate_phdr(3)'s `struct dl_phdr_info` is that of `struct loaded_object`.
int each_loaded_object(int (*body)(struct loaded_object *object, size_t size, void *data), void *data)
    __asm__("dl_iterate_phdr");
