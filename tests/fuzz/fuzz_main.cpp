// libFuzzer's side of the targets: $ESPALIER_FUZZ_TARGET names the one to run. `./dev fuzz` does.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "tests/fuzz/targets.h"

namespace {

using espalier::fuzz::Target;

Target chosen() {
  const char* const name = std::getenv("ESPALIER_FUZZ_TARGET");
  for (const Target& target : espalier::fuzz::targets()) {
    if (name != nullptr && target.name == name) return target;
  }
  std::fputs("ESPALIER_FUZZ_TARGET must be one of:", stderr);
  for (const Target& target : espalier::fuzz::targets()) {
    std::fprintf(stderr, " %.*s", static_cast<int>(target.name.size()), target.name.data());
  }
  std::fputs("\n", stderr);
  std::exit(2);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Target target = chosen();
  target.run(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
