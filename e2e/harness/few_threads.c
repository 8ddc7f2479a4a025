/* For LD_PRELOAD: a process has MOST_THREADS threads at once, and gets no more.
   RLIMIT_NPROC would count whatever else the user runs, and does not bind root. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

typedef int (*create_function)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

struct work {
  void* (*routine)(void*);
  void* argument;
};

static atomic_int threads = 1;

static void* do_and_count(void* argument) {
  struct work work = *(struct work*)argument;
  free(argument);
  void* result = work.routine(work.argument);
  atomic_fetch_sub(&threads, 1);
  return result;
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*routine)(void*), void* argument) {
  const char* most = getenv("MOST_THREADS");
  struct work* work = malloc(sizeof *work);
  if (work == NULL) return EAGAIN;
  if (atomic_fetch_add(&threads, 1) >= (most != NULL ? atoi(most) : 1)) {
    free(work);
    atomic_fetch_sub(&threads, 1);
    return EAGAIN;
  }
  *work = (struct work){routine, argument};
  create_function create = (create_function)dlsym(RTLD_NEXT, "pthread_create");
  int error = create(thread, attributes, do_and_count, work);
  if (error != 0) {
    free(work);
    atomic_fetch_sub(&threads, 1);
  }
  return error;
}
