/* SPDX-License-Identifier: Apache-2.0
 *
 * The same in C: posix NAME [mended]. Threads of POSIX, and those of C11. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <threads.h>
#include <unistd.h>

static int mended;

/* A bounded buffer of one place, with one condition for those that wait for room and those that wait for an item. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int full;

static void tell(void) {
  if (mended)
    pthread_cond_broadcast(&changed);
  else
    pthread_cond_signal(&changed);
}

static void* put(void* unused) {
  pthread_mutex_lock(&lock);
  while (full) pthread_cond_wait(&changed, &lock);
  full = 1;
  tell();
  pthread_mutex_unlock(&lock);
  return unused;
}

static void* take(void* unused) {
  pthread_mutex_lock(&lock);
  while (!full) pthread_cond_wait(&changed, &lock);
  full = 0;
  tell();
  pthread_mutex_unlock(&lock);
  return unused;
}

static int buffer(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, i < 2 ? put : take, NULL);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  return 0;
}

/* C11: a lock in the wrong order. */
static mtx_t left, right;

static int other_way(void* unused) {
  mtx_lock(mended ? &left : &right);
  mtx_lock(mended ? &right : &left);
  mtx_unlock(&left);
  mtx_unlock(&right);
  return unused == NULL ? 7 : 0;
}

static int c11(void) {
  thrd_t thread;
  int result = 0;
  mtx_init(&left, mtx_plain);
  mtx_init(&right, mtx_plain);
  if (thrd_create(&thread, other_way, NULL) != thrd_success) return 2;
  mtx_lock(&left);
  mtx_lock(&right);
  mtx_unlock(&right);
  mtx_unlock(&left);
  thrd_join(thread, &result);
  return result == 7 ? 0 : 1;
}

/* A semaphore that is posted by whoever comes, and a barrier behind it. */
static sem_t ready;
static pthread_barrier_t both;
static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;

static void* serve(void* unused) {
  pthread_rwlock_rdlock(&table);
  sem_wait(&ready);
  pthread_rwlock_unlock(&table);
  pthread_barrier_wait(&both);
  return unused;
}

static int server(void) {
  pthread_t thread;
  sem_init(&ready, 0, 0);
  pthread_barrier_init(&both, NULL, 2);
  pthread_create(&thread, NULL, serve, NULL);
  if (mended) sem_post(&ready);
  pthread_rwlock_wrlock(&table); /* before the post: the reader that waits for it holds the table */
  pthread_rwlock_unlock(&table);
  if (!mended) sem_post(&ready);
  pthread_barrier_wait(&both);
  pthread_join(thread, NULL);
  return 0;
}

int main(int count, char** words) {
  const char* name = count > 1 ? words[1] : "";
  mended = count > 2 && strcmp(words[2], "mended") == 0;
  if (strcmp(name, "buffer") == 0) return buffer();
  if (strcmp(name, "c11") == 0) return c11();
  if (strcmp(name, "server") == 0) return server();
  return 2;
}
