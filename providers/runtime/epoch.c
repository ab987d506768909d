/* The epoch: milliseconds of the monotonic clock, written by a thread of its own and read by guests at each slice of fuel. The
 * thread parks when no guest has run for a while, so an idle gate does not wake up a thousand times a second. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "guest.h"

enum { IDLE_TICKS = 256 };

static atomic_uint_fast64_t epoch;
static atomic_int running; /* guests on a thread right now */
static atomic_bool parked;
static atomic_bool stopping;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* for parking and waking */
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;

static pthread_mutex_t lifecycle = PTHREAD_MUTEX_INITIALIZER; /* for the two below, held while the thread starts or ends */
static int holders;
static pthread_t ticker;

uint64_t lg_epoch_now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint64_t lg_epoch_seen(void) { return atomic_load_explicit(&epoch, memory_order_relaxed); }

static void *tick(void *unused) {
  const struct timespec millisecond = {0, 1000000};
  for (int idle = 0; !atomic_load(&stopping);) {
    atomic_store_explicit(&epoch, lg_epoch_now(), memory_order_relaxed);
    idle = atomic_load(&running) ? 0 : idle + 1;
    if (idle <= IDLE_TICKS) {
      nanosleep(&millisecond, NULL);
      continue;
    }
    pthread_mutex_lock(&lock);
    atomic_store(&parked, true); /* before looking once more: a guest that comes now sees it and signals */
    while (!atomic_load(&stopping) && !atomic_load(&running)) pthread_cond_wait(&wake, &lock);
    atomic_store(&parked, false);
    pthread_mutex_unlock(&lock);
    idle = 0;
  }
  return unused;
}

static void wake_ticker(void) {
  pthread_mutex_lock(&lock);
  pthread_cond_signal(&wake);
  pthread_mutex_unlock(&lock);
}

int32_t lg_epoch_retain(void) {
  int error = 0;
  pthread_mutex_lock(&lifecycle);
  if (holders == 0) {
    /* Signals are for the threads of the .NET runtime. */
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    atomic_store(&stopping, false);
    error = pthread_create(&ticker, NULL, tick, NULL);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
  }
  if (error == 0) holders++;
  pthread_mutex_unlock(&lifecycle);
  return error;
}

void lg_epoch_release(void) {
  pthread_mutex_lock(&lifecycle);
  if (--holders == 0) {
    atomic_store(&stopping, true);
    wake_ticker();
    pthread_join(ticker, NULL);
  }
  pthread_mutex_unlock(&lifecycle);
}

void lg_epoch_enter(void) {
  atomic_fetch_add(&running, 1);
  if (UNLIKELY(atomic_load(&parked))) wake_ticker();
}

void lg_epoch_leave(void) { atomic_fetch_sub(&running, 1); }
