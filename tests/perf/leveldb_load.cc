// SPDX-License-Identifier: Apache-2.0
//
// Four threads write to one LevelDB database and read from it, while its own thread compacts.
#include <leveldb/db.h>
#include <leveldb/write_batch.h>

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const int keys = std::atoi(argv[2]);
  leveldb::Options options;
  options.create_if_missing = true;
  options.write_buffer_size = 256 << 10;
  leveldb::DB* opened = nullptr;
  if (!leveldb::DB::Open(options, argv[1], &opened).ok()) return 1;
  const std::unique_ptr<leveldb::DB> database(opened);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&, thread] {
      std::string value;
      for (int i = 0; i < keys; ++i) {
        const std::string key = std::to_string((i * 7919 + thread) % 100'000);
        if (!database->Put({}, key, std::string(100, 'x')).ok()) std::abort();
        if (i % 2 == 0) static_cast<void>(database->Get({}, key, &value));
      }
    });
  for (std::thread& thread : threads) thread.join();
  return 0;
}
