#include "tests/fuzz/targets.h"

#include <algorithm>

namespace espalier::fuzz {

std::vector<Target> targets() {
  std::vector<Target> all = reader_targets();
  for (const Target& target : graph_targets()) all.push_back(target);
  for (const Target& target : question_targets()) all.push_back(target);
  for (const Target& target : model_targets()) all.push_back(target);
  std::ranges::sort(all, {}, &Target::name);
  return all;
}

}  // namespace espalier::fuzz
