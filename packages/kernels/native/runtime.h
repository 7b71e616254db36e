/* The part of ONNX Runtime's C API that a custom operator needs: places in its table of functions, which only grows. */
#ifndef M3AE_RUNTIME_H
#define M3AE_RUNTIME_H
#include <stddef.h>
#include <stdint.h>

typedef void *const *Api;
typedef void *Status;

enum {
  CREATE_STATUS = 0,
  CREATE_CUSTOM_OP_DOMAIN = 26,
  CUSTOM_OP_DOMAIN_ADD = 27,
  ADD_CUSTOM_OP_DOMAIN = 28,
  GET_TENSOR_MUTABLE_DATA = 51,
  GET_DIMENSIONS_COUNT = 61,
  GET_DIMENSIONS = 62,
  GET_TENSOR_TYPE_AND_SHAPE = 65,
  CREATE_CPU_MEMORY_INFO = 69,
  GET_DEFAULT_ALLOCATOR = 78,
  ATTRIBUTE_FLOAT = 85,
  ATTRIBUTE_INT = 86,
  ATTRIBUTE_STRING = 87,
  GET_INPUT_COUNT = 88,
  GET_INPUT = 90,
  GET_OUTPUT = 91,
  RELEASE_STATUS = 93,
  RELEASE_TENSOR_TYPE_AND_SHAPE = 99,
  REGISTER_ALLOCATOR = 176,
  PARALLEL_FOR = 274,
};

/* What ONNX Runtime asks of an operator, version 16 of its interface. */
typedef struct CustomOp {
  uint32_t version;
  void *(*create)(const struct CustomOp *, Api, const void *info);
  const char *(*name)(const struct CustomOp *);
  const char *(*provider)(const struct CustomOp *);
  int (*input_type)(const struct CustomOp *, size_t);
  size_t (*input_count)(const struct CustomOp *);
  int (*output_type)(const struct CustomOp *, size_t);
  size_t (*output_count)(const struct CustomOp *);
  void (*compute)(void *, void *context);
  void (*destroy)(void *);
  int (*input_characteristic)(const struct CustomOp *, size_t);
  int (*output_characteristic)(const struct CustomOp *, size_t);
  int (*input_memory_type)(const struct CustomOp *, size_t);
  int (*variadic_input_min)(const struct CustomOp *);
  int (*variadic_input_homogeneous)(const struct CustomOp *);
  int (*variadic_output_min)(const struct CustomOp *);
  int (*variadic_output_homogeneous)(const struct CustomOp *);
  Status (*create_v2)(const struct CustomOp *, Api, const void *info, void **kernel);
  Status (*compute_v2)(void *, void *context);
  void *later[8];
} CustomOp;

enum { REQUIRED = 0, OPTIONAL = 1, VARIADIC = 2 };
enum { UNDEFINED_TYPE = 0, FLOAT_TYPE = 1 };

#define MAX_RANK 8

typedef struct {
  int64_t dims[MAX_RANK];
  size_t rank;
  void *data;
} Tensor;

Status failed(Api api, const char *message);
int64_t attribute_int(Api api, const void *info, const char *name);
float attribute_float(Api api, const void *info, const char *name, float otherwise);
/* A text attribute, to be freed; null where there is none. */
char *attribute_text(Api api, const void *info, const char *name);
size_t input_count(Api api, const void *context);
/* Null data where an optional input is left out. */
Status get_input(Api api, const void *context, size_t place, Tensor *tensor);
Status make_output(Api api, void *context, size_t place, const int64_t *dims, size_t rank, void **data);
/* Runs `task(user, 0 .. count - 1)` on the threads of the session. */
void parallel(Api api, const void *context, size_t count, void (*task)(void *, size_t), void *user);

extern const CustomOp matmul, attention, attention_gradient, elementwise;
/* 0: the processor has no bf16 products; 1: AVX512-BF16; 2: AMX. */
int bf16_level(void);
#endif
