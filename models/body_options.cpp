#include <espalier/models/body_options.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>

namespace espalier::models {
namespace {

using Joints = std::vector<NodeId>;

std::string text_of(const Joints& joints) {
  std::string text;
  for (const NodeId joint : joints) {
    if (!text.empty()) text += ' ';
    text += joint == kNoNode ? "-" : std::to_string(joint);
  }
  return text;
}

std::string text_of(std::span<const Joints> lists) {
  std::string text;
  for (std::size_t i = 0; i < lists.size(); ++i) {
    if (i > 0) text += ';';
    text += text_of(lists[i]);
  }
  return text;
}

NodeId parse_joint(std::string_view word) {
  if (word == "-") return kNoNode;
  NodeId joint = kNoNode;
  const char* const end = word.data() + word.size();
  const auto [stop, error] = std::from_chars(word.data(), end, joint);
  if (error == std::errc() && stop == end) return joint;
  throw OptionError(message("the body has \"", word, "\", expected the number of a joint"));
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    pieces.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return pieces;
}

Joints parse_joints(std::string_view text) {
  Joints joints;
  for (const std::string_view word : split(text, ' ')) joints.push_back(parse_joint(word));
  return joints;
}

std::vector<Joints> parse_lists(std::string_view text) {
  std::vector<Joints> lists;
  for (const std::string_view piece : split(text, ';')) lists.push_back(parse_joints(piece));
  return lists;
}

}  // namespace

BodyOptions describe(const Skeleton& skeleton) {
  Joints parents;
  for (NodeId joint = 0; joint < skeleton.num_joints(); ++joint) {
    parents.push_back(skeleton.bones().parent(joint));
  }
  std::vector<Joints> parts;
  for (const BodyPart& part : skeleton.parts()) parts.push_back(part.joints);
  BodyOptions options{text_of(parents), text_of(parts), {}};
  if (const auto& frame = skeleton.frame()) {
    options.frame =
        text_of(std::array{frame->origin, frame->base, frame->spine, frame->left, frame->right});
  }
  return options;
}

Skeleton skeleton_of(const BodyOptions& options) {
  const Joints parents = parse_joints(options.parents);
  std::vector<std::string> names;
  for (std::size_t joint = 0; joint < parents.size(); ++joint) {
    names.push_back("joint " + std::to_string(joint));
  }
  std::vector<BodyPart> parts;
  for (Joints& joints : parse_lists(options.parts)) {
    parts.push_back({"part " + std::to_string(parts.size()), std::move(joints)});
  }
  std::optional<BodyFrame> frame;
  if (!options.frame.empty()) {
    const std::vector<Joints> places = parse_lists(options.frame);
    if (places.size() != 5) {
      throw OptionError(message("the body's frame has ", places.size(), " places, expected 5"));
    }
    frame = BodyFrame{places[0], places[1], places[2], places[3], places[4]};
  }
  return {"body", std::move(names), parents, std::move(parts), std::move(frame)};
}

}  // namespace espalier::models
