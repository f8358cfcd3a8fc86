#pragma once

#include <espalier/base/error.h>

namespace espalier {

/// Memory that could not be had. Says how much, and for what where that is known.
class MemoryError : public Error {
 public:
  using Error::Error;
};

}  // namespace espalier
