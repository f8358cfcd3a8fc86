#pragma once

#include <string>

namespace espalier {

/// What the bits of a result depend on beside its inputs. The same program gives the same bits at
/// any number of threads where both are the same: another instruction set, or another version,
/// adds up in another order.
struct Platform {
  std::string library;          ///< "espalier 0.1.0, oneDNN 2.6.3"
  std::string instruction_set;  ///< Of the kernels, and the widest that oneDNN uses.

  friend bool operator==(const Platform&, const Platform&) = default;
};

/// That of this process.
const Platform& platform();

}  // namespace espalier
