#include <espalier/graph/skeleton.h>

#include <algorithm>
#include <set>
#include <utility>

#include <espalier/base/error.h>

namespace espalier {
namespace {

void check_names(const std::vector<std::string>& names, const char* what) {
  std::set<std::string_view> seen;
  for (const std::string& name : names) {
    if (name.empty()) throw GraphError(message("a ", what, " has an empty name"));
    if (seen.insert(name).second) continue;
    throw GraphError(message("two ", what, "s have the name \"", name, '"'));
  }
}

void check_joints(const std::vector<NodeId>& joints, NodeId num_joints, const std::string& what) {
  if (joints.empty()) throw GraphError(message(what, " has no joints, expected some"));
  std::set<NodeId> seen;
  for (const NodeId joint : joints) {
    if (joint >= num_joints) {
      throw GraphError(
          message(what, " has joint ", joint, ", expected one of 0 .. ", num_joints - 1));
    }
    if (!seen.insert(joint).second) throw GraphError(message(what, " has joint ", joint, " twice"));
  }
}

Tree tree_of(std::span<const NodeId> parents, std::size_t num_joints) {
  if (parents.size() != num_joints) {
    throw GraphError(message("bones of ", parents.size(), " joints, expected ", num_joints));
  }
  return Tree::from_parents(parents);
}

std::string listed(std::span<const std::string> names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + '"';
  return text;
}

}  // namespace

Skeleton::Skeleton(std::string name, std::vector<std::string> joints,
                   std::span<const NodeId> parents, std::vector<BodyPart> parts,
                   std::optional<BodyFrame> frame)
    : name_(std::move(name)),
      joints_(std::move(joints)),
      bones_(tree_of(parents, joints_.size())),
      parts_(std::move(parts)),
      frame_(std::move(frame)) {
  check_names(joints_, "joint");
  std::vector<std::string> part_names;
  for (const BodyPart& part : parts_) {
    part_names.push_back(part.name);
    check_joints(part.joints, num_joints(), message("the part \"", part.name, '"'));
  }
  check_names(part_names, "part");
  if (!frame_) return;
  for (const auto& [place, what] :
       {std::pair(&frame_->origin, "origin"), std::pair(&frame_->base, "base"),
        std::pair(&frame_->spine, "spine"), std::pair(&frame_->left, "left"),
        std::pair(&frame_->right, "right")}) {
    check_joints(*place, num_joints(), message("the frame's ", what));
  }
}

NodeId Skeleton::joint(std::string_view name) const {
  const auto found = std::ranges::find(joints_, name);
  if (found != joints_.end()) return static_cast<NodeId>(found - joints_.begin());
  throw GraphError(message("there is no joint \"", name, "\"; there are: ", listed(joints_)));
}

Skeleton part_skeleton(const Skeleton& skeleton) {
  const auto parts = skeleton.parts();
  if (parts.empty()) throw GraphError(message(skeleton.name(), " has no parts, expected some"));
  const auto has = [&](std::size_t part, NodeId joint) {
    return std::ranges::find(parts[part].joints, joint) != parts[part].joints.end();
  };
  const auto are_joined = [&](std::size_t a, std::size_t b) {
    return std::ranges::any_of(parts[a].joints, [&](NodeId joint) {
      const NodeId parent = skeleton.bones().parent(joint);
      const auto children = skeleton.bones().children(joint);
      return has(b, joint) || (parent != kNoNode && has(b, parent)) ||
             std::ranges::any_of(children, [&](NodeId child) { return has(b, child); });
    });
  };
  std::size_t first = 0;
  while (first + 1 < parts.size() && !has(first, skeleton.centre())) ++first;
  if (!has(first, skeleton.centre())) first = 0;

  std::vector<NodeId> parents(parts.size(), kNoNode);
  std::vector<std::size_t> reached = {first};
  std::vector<bool> is_reached(parts.size());
  is_reached[first] = true;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (std::size_t part = 0; part < parts.size(); ++part) {
      if (is_reached[part] || !are_joined(reached[i], part)) continue;
      is_reached[part] = true;
      parents[part] = static_cast<NodeId>(reached[i]);
      reached.push_back(part);
    }
  }
  std::vector<std::string> names;
  for (std::size_t part = 0; part < parts.size(); ++part) {
    names.push_back(parts[part].name);
    if (is_reached[part]) continue;
    throw GraphError(message("the part \"", parts[part].name, "\" of ", skeleton.name(),
                             " is joined to none, expected bones between all"));
  }
  return {skeleton.name() + " parts", std::move(names), parents};
}

}  // namespace espalier
