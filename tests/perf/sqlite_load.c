// SPDX-License-Identifier: Apache-2.0
//
// Four threads insert into one database in memory and read from it, through one connection that is made for several threads.
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>

static sqlite3* database;
static int rows;

static void run(const char* statement) {
  char* error = NULL;
  if (sqlite3_exec(database, statement, NULL, NULL, &error) == SQLITE_OK) return;
  fprintf(stderr, "%s\n", error);
  exit(1);
}

static void* work(void* number) {
  char statement[128];
  for (int i = 0; i < rows; ++i) {
    snprintf(statement, sizeof statement, "INSERT INTO t VALUES(%d, 'row %d of %s')", i, i,
             (const char*)number);
    run(statement);
    if (i % 10 != 0) continue;
    snprintf(statement, sizeof statement, "SELECT * FROM t WHERE a = %d", i / 2);
    run(statement);
  }
  return NULL;
}

int main(int argc, char** argv) {
  rows = argc == 2 ? atoi(argv[1]) : 1000;
  if (sqlite3_open_v2(":memory:", &database,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX,
                      NULL) != SQLITE_OK)
    return 1;
  run("CREATE TABLE t(a INTEGER, b TEXT); CREATE INDEX i ON t(a)");
  static char* const names[4] = {"1", "2", "3", "4"};
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, &work, names[i]);
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  sqlite3_close(database);
  return 0;
}
