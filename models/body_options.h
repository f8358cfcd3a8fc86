#pragma once

#include <string>
#include <vector>

#include <espalier/base/options.h>
#include <espalier/graph/skeleton.h>

namespace espalier::models {

/// The body whose clips a model reads, as a checkpoint holds it: joints by their numbers, separated
/// by blanks, lists by semicolons.
struct BodyOptions {
  std::string parents;  ///< Of each joint the one that it hangs on; the centre's is "-".
  std::string parts;    ///< The joints of each part; may be empty.
  std::string frame;    ///< Origin, base, spine, left and right; may be empty.

  static std::vector<Option> fields(BodyOptions& o) {
    return {option("parents", o.parents, "The joint that each hangs on").given(),
            option("parts", o.parts, "The joints of each part").given(),
            option("frame", o.frame, "Where the body is, and how it stands").given()};
  }
};

BodyOptions describe(const Skeleton& skeleton);

/// The body without the names of joints and parts. Throws OptionError at text that is none,
/// GraphError as Skeleton does.
Skeleton skeleton_of(const BodyOptions& options);

}  // namespace espalier::models
