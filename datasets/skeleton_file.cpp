#include <espalier/datasets/skeleton_file.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/located_json.h>

namespace espalier::datasets {
namespace {

using Value = LocatedJson::Value;
using Joints = std::vector<NodeId>;

class SkeletonReader {
 public:
  explicit SkeletonReader(const std::filesystem::path& path) : json_(path) {}

  Skeleton read() {
    const Value& root = json_.root();
    json_.expect_entries(root, {"name", "joints", "bones", "parts", "frame"});
    const std::string name = json_.text(json_.at(root, "name"));
    for (const auto& item : json_.array(json_.at(root, "joints"))) {
      names_.push_back(json_.text(item.value));
    }
    const Value& bones = json_.at(root, "bones");
    const Joints parents = read_bones(bones);
    std::vector<BodyPart> parts = read_parts();
    std::optional<BodyFrame> frame = read_frame();
    try {
      return {name, names_, parents, std::move(parts), std::move(frame)};
    } catch (const GraphError& error) {
      json_.fail(bones, error.what());
    }
  }

 private:
  NodeId joint(const Value& value) const {
    const auto found = std::ranges::find(names_, json_.text(value));
    if (found != names_.end()) return static_cast<NodeId>(found - names_.begin());
    json_.fail(value,
               message("there is no joint \"", value.text, "\", expected one of \"joints\""));
  }

  Joints joints(const Value& value) const {
    Joints found;
    for (const auto& item : json_.array(value)) found.push_back(joint(item.value));
    return found;
  }

  Joints read_bones(const Value& bones) const {
    Joints parents(names_.size(), kNoNode);
    for (const auto& item : json_.array(bones)) {
      const Joints ends = joints(item.value);
      if (ends.size() != 2) {
        json_.fail(item.value,
                   message("found ", ends.size(), " joints, expected child and parent"));
      }
      if (parents[ends[0]] != kNoNode) {
        json_.fail(item.value, message("the joint \"", names_[ends[0]],
                                       "\" hangs on another already, expected one"));
      }
      parents[ends[0]] = ends[1];
    }
    return parents;
  }

  std::vector<BodyPart> read_parts() const {
    std::vector<BodyPart> parts;
    const Value* const value = json_.find(json_.root(), "parts");
    if (value == nullptr) return parts;
    for (const auto& item : json_.array(*value)) {
      const Value& part = item.value;
      json_.expect_entries(part, {"name", "joints"});
      parts.push_back({json_.text(json_.at(part, "name")), joints(json_.at(part, "joints"))});
    }
    return parts;
  }

  std::optional<BodyFrame> read_frame() const {
    const Value* const value = json_.find(json_.root(), "frame");
    if (value == nullptr) return std::nullopt;
    json_.expect_entries(*value, {"origin", "base", "spine", "left", "right"});
    const auto place = [&](const char* name) { return joints(json_.at(*value, name)); };
    return BodyFrame{place("origin"), place("base"), place("spine"), place("left"), place("right")};
  }

  LocatedJson json_;
  std::vector<std::string> names_;
};

}  // namespace

Skeleton load_skeleton(const std::filesystem::path& path) { return SkeletonReader(path).read(); }

}  // namespace espalier::datasets
