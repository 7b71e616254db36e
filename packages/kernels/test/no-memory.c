/* A process that may hold 1 GiB. */
#include "../native/memory.h"
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>

int main(void) {
  struct rlimit limit = {(size_t)1 << 30, (size_t)1 << 30};
  setrlimit(RLIMIT_AS, &limit);
  if (take_memory(SIZE_MAX) || take_memory(SIZE_MAX - 63) || take_memory(SIZE_MAX - 70000)) return puts("more than there is"), 1;
  give_memory(take_memory((size_t)600 << 20));
  if (!take_memory((size_t)700 << 20)) return puts("no block beside what is kept"), 1;
  puts("fine");
  return 0;
}
