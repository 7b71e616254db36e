/* Takes and gives blocks in turn, and prints how many mappings the process has in the end. */
#include "../native/memory.h"
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BLOCKS 400

static uint64_t state = 1;
static uint64_t next(void) { return state = state * 6364136223846793005u + 1442695040888963407u, state >> 33; }

int main(void) {
  static void *blocks[BLOCKS];
  for (int turn = 0; turn < 20000; turn++) {
    int i = (int)(next() % BLOCKS);
    if (blocks[i]) {
      give_memory(blocks[i]);
      blocks[i] = NULL;
      continue;
    }
    size_t length = 65536 + ((1 + next() % 1000) << (7 + next() % 6));
    if (!(blocks[i] = take_memory(length))) return puts("no block"), 1;
    for (size_t byte = 0; byte < length; byte += 4096) ((char *)blocks[i])[byte] = 1;
  }
  FILE *file = fopen("/proc/self/maps", "r");
  int lines = 0;
  for (int c; (c = fgetc(file)) != EOF;) lines += c == '\n';
  printf("%d\n", lines);
  return 0;
}
