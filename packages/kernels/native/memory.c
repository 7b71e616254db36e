/*
 * Memory for intermediate results. What is freed is kept and given out again with the pages it has: a page from the system has to be
 * cleared first, which for tables of many examples takes a fifth of a step. Blocks are not bound to where they lay: where no
 * free run is long enough, the pages of several are moved behind each other (mremap, Linux), so that nothing is lost between them and the
 * process holds no more than is alive at its peak.
 */
#define _GNU_SOURCE
#include "memory.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT ((size_t)64 * 1024) /* lengths of runs; smaller blocks come from malloc */
#define HEADER 64                /* before each block: the length of its run, 0 for malloc. Keeps vectors in one line of the cache. */

typedef struct {
  char *start;
  size_t size;
} Run;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static Run *runs; /* free, by address; no two touch */
static size_t count, room;

static void drop(size_t place) { memmove(runs + place, runs + place + 1, (--count - place) * sizeof *runs); }

/* The end of a run, which becomes shorter or goes. */
static char *cut(size_t place, size_t size) {
  Run *run = &runs[place];
  char *end = run->start + (run->size -= size);
  if (run->size == 0) drop(place);
  return end;
}

static void keep(char *start, size_t size) {
  size_t place = 0, last = count;
  while (place < last) {
    size_t middle = (place + last) / 2;
    if (runs[middle].start < start) place = middle + 1;
    else last = middle;
  }
  int before = place > 0 && runs[place - 1].start + runs[place - 1].size == start;
  int after = place < count && start + size == runs[place].start;
  if (before) {
    runs[place - 1].size += size;
    if (after) runs[place - 1].size += runs[place].size, drop(place);
    return;
  }
  if (after) {
    runs[place] = (Run){start, size + runs[place].size};
    return;
  }
  if (count == room) {
    Run *longer = realloc(runs, (2 * room + 64) * sizeof *runs);
    if (!longer) {
      munmap(start, size);
      return;
    }
    runs = longer, room = 2 * room + 64;
  }
  memmove(runs + place + 1, runs + place, (count++ - place) * sizeof *runs);
  runs[place] = (Run){start, size};
}

/* Moves pages, and says how many bytes of them. The system moves only what it mapped at once, hence the halves. */
static size_t move(char *from, char *to, size_t size) {
#ifdef __linux__
  if (mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to) return size;
  if (size == UNIT) return 0;
  size_t half = size / 2 / UNIT * UNIT, moved = move(from, to, half);
  return moved < half ? moved : half + move(from + half, to + half, size - half);
#else
  (void)from, (void)to, (void)size;
  return 0;
#endif
}

static size_t longest(void) {
  size_t best = 0;
  for (size_t i = 1; i < count; i++)
    if (runs[i].size > runs[best].size) best = i;
  return best;
}

static char *take_run(size_t size) {
  size_t best = count;
  for (size_t i = 0; i < count; i++)
    if (runs[i].size >= size && (best == count || runs[i].size < runs[best].size)) best = i;
  if (best < count) return cut(best, size);
  char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return NULL;
  for (size_t filled = 0; filled < size && count > 0;) {
    size_t place = longest(), left = size - filled, part = runs[place].size < left ? runs[place].size : left;
    char *from = cut(place, part);
    size_t moved = move(from, start + filled, part);
    /* As much goes back to the system as came new from it. */
    if (moved < part) munmap(from + moved, part - moved);
    filled += part;
  }
  return start;
}

void *take_memory(size_t bytes) {
  size_t size = bytes + HEADER, run = size < UNIT ? 0 : (size + UNIT - 1) / UNIT * UNIT;
  char *start;
  if (run == 0) start = aligned_alloc(HEADER, (size + HEADER - 1) / HEADER * HEADER);
  else {
    pthread_mutex_lock(&lock);
    start = take_run(run);
    pthread_mutex_unlock(&lock);
  }
  if (!start) return NULL;
  *(size_t *)start = run;
  return start + HEADER;
}

void give_memory(void *block) {
  if (!block) return;
  char *start = (char *)block - HEADER;
  size_t run = *(size_t *)start;
  if (run == 0) {
    free(start);
    return;
  }
  pthread_mutex_lock(&lock);
  keep(start, run);
  pthread_mutex_unlock(&lock);
}

void forget_memory(void) {
  pthread_mutex_lock(&lock);
  for (size_t i = 0; i < count; i++) munmap(runs[i].start, runs[i].size);
  count = 0;
  pthread_mutex_unlock(&lock);
}
