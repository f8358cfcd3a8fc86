#include <sstream>
#include <string>

#include <espalier/base/options.h>
#include <espalier/graph/schedule.h>
#include <espalier/models/load_model.h>
#include <espalier/models/tree_classifier.h>

#include "tests/fuzz/input_folder.h"
#include "tests/fuzz/targets.h"

namespace espalier::fuzz {
namespace {

// A schedule that is taken is whole: what it says again is what it was.
void read_schedule(std::string_view bytes) {
  answered([&] {
    std::istringstream in{std::string(bytes)};
    const Schedule schedule = Schedule::load(in);
    std::ostringstream out;
    schedule.save(out);
    if (!bytes.starts_with(out.str())) std::abort();
  });
}

void read_checkpoint(std::string_view bytes) {
  answered([&] { models::read_model_file(input_file("checkpoint", bytes)); });
}

void read_options(std::string_view bytes) {
  answered([&] { from_json<models::TreeClassifierOptions>(bytes, "<options>"); });
}

}  // namespace

std::vector<Target> model_targets() {
  return {{"schedule", read_schedule}, {"checkpoint", read_checkpoint}, {"options", read_options}};
}

}  // namespace espalier::fuzz
