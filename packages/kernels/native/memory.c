/*
 * Memory for intermediate results. What is freed is kept and given out again with the pages it has: a page from the system has to be
 * cleared first, which for tables of many examples takes a fifth of a step. Blocks are not bound to where they lay: where no
 * free run is long enough, the pages of several are moved behind each other (mremap, Linux), so that nothing is lost between them and the
 * process holds no more than is alive at its peak.
 */
#define _GNU_SOURCE
#include "memory.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define UNIT ((size_t)64 * 1024) /* lengths of runs; smaller blocks come from malloc */
#define HEADER 64                /* before each block: the length of its run, 0 for malloc. Keeps vectors in one line of the cache. */
#ifndef MOST_MAPPINGS
#define MOST_MAPPINGS 32768 /* of the process, where pages are still moved */
#endif

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

#ifdef __linux__
/* Lines of /proc/self/maps. */
static size_t mappings(void) {
  static char text[16 * 1024];
  int file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (file < 0) return MOST_MAPPINGS;
  size_t lines = 0;
  for (ssize_t length; (length = read(file, text, sizeof text)) > 0;)
    for (ssize_t i = 0; i < length; i++) lines += text[i] == '\n';
  close(file);
  return lines;
}

/* Every move may leave two mappings more, of which a process can have some 65,000: they are counted now and then. */
static int may_move(void) {
  static size_t left;
  static int may;
  if (left == 0) {
    size_t held = mappings();
    may = held < MOST_MAPPINGS;
    left = MOST_MAPPINGS / 16 + (may ? (MOST_MAPPINGS - held) / 2 : 0);
  }
  return left--, may;
}

/* Whether pages are of one mapping, which is asked by making it longer. */
static int is_whole(char *from, size_t size) {
  if (mremap(from, size, size + UNIT, 0) == MAP_FAILED) return errno != EFAULT;
  munmap(from + size, UNIT);
  return 1;
}

/*
 * Moves pages, and says how many bytes of them. Linux before 6.17 moves no more than one mapping at a time; asked for more, it fails
 * after it has unmapped the destination, which another thread may map before we do. Hence the halves.
 */
static size_t move(char *from, char *to, size_t size) {
  if (is_whole(from, size)) return mremap(from, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to ? size : 0;
  if (size == UNIT) return 0;
  size_t half = size / 2 / UNIT * UNIT, moved = move(from, to, half);
  return moved < half ? moved : half + move(from + half, to + half, size - half);
}
#else
static int may_move(void) { return 0; }
static size_t move(char *from, char *to, size_t size) { return (void)from, (void)to, (void)size, 0; }
#endif

static void forget(void) {
  for (size_t i = 0; i < count; i++) munmap(runs[i].start, runs[i].size);
  count = 0;
}

/* Null where there is none even after all that is free was given back. */
static char *map(size_t size) {
  char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start != MAP_FAILED) return start;
  if (count == 0) return NULL;
  forget();
  return map(size);
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
  char *start = map(size);
  for (size_t filled = 0; start && filled < size && count > 0;) {
    size_t place = longest(), left = size - filled, part = runs[place].size < left ? runs[place].size : left;
    char *from = cut(place, part);
    size_t moved = part;
    /* As much goes back to the system as came new from it. */
    if (!may_move()) munmap(from, part);
    else moved = move(from, start + filled, part);
    filled += moved;
    if (moved == part) continue;
    /* Nobody knows whether the rest is still ours: it is not touched any more. */
    if (filled > 0) munmap(start, filled);
    keep(from + moved, part - moved);
    forget();
    return map(size);
  }
  return start;
}

void *take_memory(size_t bytes) {
  if (bytes > SIZE_MAX / 2) return NULL;
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
  forget();
  pthread_mutex_unlock(&lock);
}
