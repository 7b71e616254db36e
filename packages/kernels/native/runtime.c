/* Small wrappers around ONNX Runtime's C API, and the two functions by which the library is entered. */
#define _GNU_SOURCE
#include "runtime.h"
#include "memory.h"
#include "pack.h"
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#ifndef M3AE_VERSION
#define M3AE_VERSION "unknown"
#endif
#define EXPORT __attribute__((visibility("default")))

Status failed(Api api, const char *message) {
  return ((Status(*)(int, const char *))api[CREATE_STATUS])(1, message);
}

static int given(Api api, Status status) {
  if (!status) return 1;
  ((void (*)(Status))api[RELEASE_STATUS])(status);
  return 0;
}

int64_t attribute_int(Api api, const void *info, const char *name) {
  int64_t value = 0;
  return given(api, ((Status(*)(const void *, const char *, int64_t *))api[ATTRIBUTE_INT])(info, name, &value)) ? value : 0;
}

float attribute_float(Api api, const void *info, const char *name, float otherwise) {
  float value = otherwise;
  return given(api, ((Status(*)(const void *, const char *, float *))api[ATTRIBUTE_FLOAT])(info, name, &value)) ? value : otherwise;
}

char *attribute_text(Api api, const void *info, const char *name) {
  typedef Status (*GetText)(const void *, const char *, char *, size_t *);
  size_t size = 0;
  given(api, ((GetText)api[ATTRIBUTE_STRING])(info, name, NULL, &size));
  char *text = size ? malloc(size) : NULL;
  if (text && !given(api, ((GetText)api[ATTRIBUTE_STRING])(info, name, text, &size))) {
    free(text);
    return NULL;
  }
  return text;
}

size_t input_count(Api api, const void *context) {
  size_t count = 0;
  given(api, ((Status(*)(const void *, size_t *))api[GET_INPUT_COUNT])(context, &count));
  return count;
}

Status get_input(Api api, const void *context, size_t place, Tensor *tensor) {
  const void *value = NULL;
  void *shape = NULL;
  memset(tensor, 0, sizeof *tensor);
  Status status = ((Status(*)(const void *, size_t, const void **))api[GET_INPUT])(context, place, &value);
  if (status || !value) return status;
  status = ((Status(*)(const void *, void **))api[GET_TENSOR_TYPE_AND_SHAPE])(value, &shape);
  if (status) return status;
  status = ((Status(*)(const void *, size_t *))api[GET_DIMENSIONS_COUNT])(shape, &tensor->rank);
  if (!status && tensor->rank > MAX_RANK) status = failed(api, "more than 8 axes");
  if (!status) status = ((Status(*)(const void *, int64_t *, size_t))api[GET_DIMENSIONS])(shape, tensor->dims, tensor->rank);
  ((void (*)(void *))api[RELEASE_TENSOR_TYPE_AND_SHAPE])(shape);
  if (status) return status;
  return ((Status(*)(const void *, void **))api[GET_TENSOR_MUTABLE_DATA])(value, &tensor->data);
}

Status make_output(Api api, void *context, size_t place, const int64_t *dims, size_t rank, void **data) {
  void *value = NULL;
  Status status =
      ((Status(*)(void *, size_t, const int64_t *, size_t, void **))api[GET_OUTPUT])(context, place, dims, rank, &value);
  return status ? status : ((Status(*)(const void *, void **))api[GET_TENSOR_MUTABLE_DATA])(value, data);
}

void parallel(Api api, const void *context, size_t count, void (*task)(void *, size_t), void *user) {
  typedef Status (*ParallelFor)(const void *, void (*)(void *, size_t), size_t, size_t, void *);
  /* Batches of 0: the pool hands out one task at a time. */
  if (count > 1 && given(api, ((ParallelFor)api[PARALLEL_FOR])(context, task, count, 0, user))) return;
  for (size_t i = 0; i < count; i++) task(user, i);
}

typedef struct {
  Api (*get_api)(uint32_t);
  const char *(*get_version)(void);
} ApiBase;

EXPORT const char *m3ae_kernels_version(void) { return M3AE_VERSION; }
EXPORT int m3ae_kernels_bf16(void) { return bf16_level(); }
EXPORT int m3ae_kernels_float32(void) { return has_avx512(); } /* products and attention */

/* ONNX Runtime's view of an allocator, as far as version 1 of it. */
typedef struct Allocator {
  uint32_t version;
  void *(*take)(struct Allocator *, size_t);
  void (*give)(struct Allocator *, void *);
  const void *(*info)(const struct Allocator *);
} Allocator;

static void *memory_info;
static Allocator *own; /* of ONNX Runtime */

/* ONNX Runtime writes to null where no memory is left. What it expects is an exception of C++, which its own memory throws for such a length. */
static void *take(Allocator *self, size_t bytes) {
  (void)self;
  void *block = take_memory(bytes);
  return block ? block : own->take(own, SIZE_MAX / 2);
}
static void give(Allocator *self, void *block) { (void)self, give_memory(block); }
static const void *info(const Allocator *self) { return (void)self, memory_info; }
static Allocator allocator = {1, take, give, info};

/* The environment outlives whoever made it, and with it what it calls: neither library may go when a thread of Node ends that loaded it. */
static void stay_loaded(const void *part) {
  Dl_info file;
  if (dladdr(part, &file)) dlopen(file.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

/* From now on sessions of the environment that ask for its allocators take their memory here. */
EXPORT Status m3ae_kernels_share_memory(Api api, void *environment) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  static int shared;
  Status status = NULL;
  pthread_mutex_lock(&lock);
  if (!shared) {
    status = ((Status(*)(Allocator **))api[GET_DEFAULT_ALLOCATOR])(&own);
    if (!status) status = ((Status(*)(int, int, void **))api[CREATE_CPU_MEMORY_INFO])(0, 0, &memory_info);
    if (!status) status = ((Status(*)(void *, Allocator *))api[REGISTER_ALLOCATOR])(environment, &allocator);
    if (!status) stay_loaded(api), stay_loaded(&allocator), shared = 1;
  }
  pthread_mutex_unlock(&lock);
  return status;
}
EXPORT void m3ae_kernels_forget_memory(void) { forget_memory(); }

EXPORT Status RegisterCustomOps(void *options, const ApiBase *base) {
  Api api = base->get_api(17);
  void *domain = NULL;
  Status status = ((Status(*)(const char *, void **))api[CREATE_CUSTOM_OP_DOMAIN])("m3ae", &domain);
  const CustomOp *all[] = {&matmul, &attention, &attention_gradient, &elementwise};
  for (size_t i = 0; !status && i < sizeof all / sizeof *all; i++)
    status = ((Status(*)(void *, const CustomOp *))api[CUSTOM_OP_DOMAIN_ADD])(domain, all[i]);
  return status ? status : ((Status(*)(void *, void *))api[ADD_CUSTOM_OP_DOMAIN])(options, domain);
}
