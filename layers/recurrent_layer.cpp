#include <espalier/layers/recurrent_layer.h>

#include <utility>

namespace espalier {

NodeStates RecurrentLayer::run(Recurrence recurrence) const {
  JoinedStates states = run_side_by_side({&recurrence, 1});
  return {.h = std::move(states.first), .c = has_cell() ? states.others[0][0] : Variable()};
}

}  // namespace espalier
