#include <espalier/training/internal/resumption.h>

#include <cstdint>
#include <set>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

std::string value_of(const Settings& settings, const std::string& name) {
  const auto found = settings.find(name);
  return found == settings.end() ? "none" : found->second;
}

// What must be the same, as "seed 3, expected 4".
std::string differences(const RunState& there, const RunState& here) {
  std::string all;
  const auto compare = [&](const std::string& what, const auto& theirs, const auto& ours) {
    if (theirs == ours) return;
    all += message(all.empty() ? "" : "; ", what, ' ', theirs, ", expected ", ours);
  };
  compare("seed", there.seed, here.seed);
  compare("batch size", there.batch_size, here.batch_size);
  compare("a training split of size", there.num_examples, here.num_examples);
  if (there.settings.empty()) return all;
  std::set<std::string> names;
  for (const Settings* settings : {&there.settings, &here.settings}) {
    for (const auto& [name, value] : *settings) names.insert(name);
  }
  for (const std::string& name : names) {
    compare(name, value_of(there.settings, name), value_of(here.settings, name));
  }
  return all;
}

}  // namespace

Resumption check_resumption(const RunState& there, const RunState& here,
                            const std::string& source) {
  if (const std::string different = differences(there, here); !different.empty()) {
    throw Error(message(source, ": a run with ", different));
  }
  if (!there.data.empty() && !here.data.empty() && there.data != here.data) {
    throw Error(message(source, ": a run on other data, of the fingerprint ", there.data,
                        ", expected ", here.data, "; words, labels or their order have changed"));
  }
  Resumption result;
  if (there.settings.empty()) {
    result.unchecked.push_back(
        "the checkpoint is of an earlier version, which did not keep settings (learning rate, "
        "penalty, clipping, patience) nor a fingerprint of the data: whether they are the same "
        "cannot be checked");
    return result;
  }
  if (there.data.empty() && !here.data.empty()) {
    result.unchecked.push_back(
        "the checkpoint has no fingerprint of its data: whether they are the same cannot be "
        "checked");
  }
  if (there.num_epochs != here.num_epochs) {
    result.changes.push_back(
        message("the number of epochs was ", there.num_epochs, ", now ", here.num_epochs));
  }
  const auto compare_platform = [&](const char* what, const std::string& theirs,
                                    const std::string& ours) {
    if (theirs == ours) return;
    result.changes.push_back(message("the ", what, " was \"", theirs, "\", here it is \"", ours,
                                     "\": the run goes on, but its bits may be others"));
  };
  compare_platform("library", there.platform.library, here.platform.library);
  compare_platform("instruction set", there.platform.instruction_set,
                   here.platform.instruction_set);
  return result;
}

}  // namespace espalier::training
