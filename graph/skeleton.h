#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <espalier/graph/node.h>
#include <espalier/graph/tree.h>

namespace espalier {

/// A part of a body, by its joints. Parts may share joints.
struct BodyPart {
  std::string name;
  std::vector<NodeId> joints;
};

/// Where a body is, how it stands and how large it is; each place is the mean of some joints.
struct BodyFrame {
  std::vector<NodeId> origin;       ///< What is moved to 0.
  std::vector<NodeId> base, spine;  ///< y points from base to spine; their distance is the unit.
  std::vector<NodeId> left, right;  ///< x points from right to left, as far as that is across y.
};

/// The joints of a body and the bones between them: a tree about the body's centre. Immutable.
class Skeleton {
 public:
  /// A joint of `parents`, which is one for each name, hangs on the one named there, the centre on
  /// kNoNode. Throws GraphError, naming the joint or part, as Tree does; if a name is empty or
  /// given twice; if a part or a place of the frame is empty, or has a joint twice or one that is
  /// not there.
  Skeleton(std::string name, std::vector<std::string> joints, std::span<const NodeId> parents,
           std::vector<BodyPart> parts = {}, std::optional<BodyFrame> frame = {});

  const std::string& name() const { return name_; }
  NodeId num_joints() const { return bones_.num_nodes(); }
  std::span<const std::string> joints() const { return joints_; }  ///< Their names.
  /// Throws GraphError, listing the names, if there is no such joint.
  NodeId joint(std::string_view name) const;

  const Tree& bones() const { return bones_; }
  NodeId centre() const { return bones_.root(); }
  std::span<const BodyPart> parts() const { return parts_; }
  const std::optional<BodyFrame>& frame() const { return frame_; }

 private:
  std::string name_;
  std::vector<std::string> joints_;
  Tree bones_;
  std::vector<BodyPart> parts_;
  std::optional<BodyFrame> frame_;
};

/// The bodies of public data sets, each in five parts: "ntu", the 25 joints of Kinect's second
/// version, numbered and joined as with NTU RGB+D; "kinect", the 20 of its first, as with
/// Northwestern-UCLA; "openpose", 18; "coco", 17. Throws GraphError, listing them, at another name.
const Skeleton& skeleton_named(std::string_view name);

/// The parts of a body as joints: joined where a bone joins them or they share a joint, nearest to
/// the part that has the centre first. Throws GraphError if there are none, or one that cannot be
/// reached.
Skeleton part_skeleton(const Skeleton& skeleton);

}  // namespace espalier
