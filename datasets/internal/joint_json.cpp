#include <espalier/datasets/internal/joint_json.h>

#include <array>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>

namespace espalier::datasets {

bool is_null(const LocatedJson::Value& value) {
  return value.kind == LocatedJson::Value::Kind::kOther && value.text == "null";
}

void read_joints(const LocatedJson& json, const LocatedJson::Value& body, std::size_t frame,
                 std::size_t person, SkeletonSequence& sequence) {
  const auto& joints = json.array(body);
  if (joints.size() != sequence.num_joints()) {
    json.fail(body, message("found ", joints.size(), " joints, expected ", sequence.num_joints()));
  }
  for (std::size_t joint = 0; joint < joints.size(); ++joint) {
    const LocatedJson::Value& place = joints[joint].value;
    if (is_null(place)) continue;
    const auto& coordinates = json.array(place);
    if (coordinates.size() != 3) {
      json.fail(place, message("found ", coordinates.size(), " coordinates, expected x, y, z"));
    }
    std::array<float, 3> at = {};
    for (std::size_t i = 0; i < 3; ++i) at[i] = json.real(coordinates[i].value);
    sequence.place(frame, person, joint, at[0], at[1], at[2]);
  }
}

}  // namespace espalier::datasets
