#include <espalier/ops/parallel.h>

#include <memory>

#include <tbb/global_control.h>
#include <tbb/info.h>

#include <espalier/base/error.h>

namespace espalier {
namespace {

struct Threads {
  int count = tbb::info::default_concurrency();
  std::unique_ptr<tbb::global_control> limit;
};

Threads& threads() {
  static Threads instance;
  return instance;
}

}  // namespace

void set_num_threads(int num_threads) {
  if (num_threads < 1) {
    throw OptionError(message(num_threads, " threads, expected 1 or more"));
  }
  Threads& t = threads();
  t.limit = std::make_unique<tbb::global_control>(tbb::global_control::max_allowed_parallelism,
                                                  static_cast<std::size_t>(num_threads));
  t.count = num_threads;
}

int num_threads() { return threads().count; }

}  // namespace espalier
