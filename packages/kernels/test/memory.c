/* Takes and gives blocks of many lengths in turn, checks that none is written over, and prints the most that was alive and what was held for it, in KiB. */
#include "../native/memory.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

#define BLOCKS 200

static uint64_t state = 1;
static uint64_t next(void) { return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33; }

static size_t lengths[BLOCKS];
static uint64_t *blocks[BLOCKS];

static int is_own(int i) {
  for (size_t word = 0; word < lengths[i]; word += 64)
    if (blocks[i][word] != (uint64_t)i * 1000003 + word) return 0;
  return 1;
}

int main(int count, char **texts) {
  size_t alive = 0, most = 0;
  for (int turn = 0; turn < (count > 1 ? atoi(texts[1]) : 0); turn++) {
    int i = (int)(next() % BLOCKS);
    if (blocks[i]) {
      if (!is_own(i)) return puts("written over"), 1;
      give_memory(blocks[i]);
      alive -= lengths[i] * 8;
      blocks[i] = NULL;
      continue;
    }
    /* From some bytes to some 4 MiB, small ones as often as large. */
    lengths[i] = (1 + next() % 1000) << (next() % 10);
    if (!(blocks[i] = take_memory(lengths[i] * 8)) || (uintptr_t)blocks[i] % 64) return puts("no block"), 1;
    for (size_t word = 0; word < lengths[i]; word += 64) blocks[i][word] = (uint64_t)i * 1000003 + word;
    if ((alive += lengths[i] * 8) > most) most = alive;
  }
  struct rusage use;
  getrusage(RUSAGE_SELF, &use);
  printf("%zu %ld\n", most / 1024, use.ru_maxrss);
  forget_memory();
  return 0;
}
