/* mremap as before Linux 6.17: of pages of several mappings it moves none, after it has unmapped the destination. That ends the program here. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *__real_mremap(void *, size_t, size_t, int, ...);
void *__wrap_mremap(void *, size_t, size_t, int, ...);

static int is_of_one_mapping(unsigned long from, size_t size) {
  FILE *file = fopen("/proc/self/maps", "r");
  unsigned long first = 0, end = 0;
  for (char line[512]; from >= end && fgets(line, sizeof line, file);) sscanf(line, "%lx-%lx", &first, &end);
  fclose(file);
  return first <= from && from + size <= end;
}

void *__wrap_mremap(void *from, size_t size, size_t length, int flags, ...) {
  va_list list;
  va_start(list, flags);
  void *to = flags & MREMAP_FIXED ? va_arg(list, void *) : NULL;
  va_end(list);
  if (is_of_one_mapping((unsigned long)from, size)) return __real_mremap(from, size, length, flags, to);
  if (to) puts("the destination is gone"), exit(1);
  errno = EFAULT;
  return MAP_FAILED;
}
