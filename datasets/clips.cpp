#include <espalier/datasets/clips.h>

#include <algorithm>
#include <string>
#include <utility>

#include <espalier/datasets/internal/joint_json.h>
#include <espalier/datasets/internal/located_json.h>
#include <espalier/datasets/internal/node_tables.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/datasets/skeleton_file.h>

namespace espalier::datasets {
namespace {

using Value = LocatedJson::Value;
using Path = std::filesystem::path;

constexpr const char* kFormat = "espalier clips 1";

// As many as the frame with the most has.
std::size_t count_persons(const LocatedJson& json, const std::vector<LocatedJson::Entry>& frames) {
  std::size_t most = 1;
  for (const auto& frame : frames) most = std::max(most, json.array(frame.value).size());
  return most;
}

SkeletonSequence read_frames(const LocatedJson& json, const Value& value, NodeId num_joints) {
  const auto& frames = json.array(value);
  if (frames.empty()) json.fail(value, "a clip without frames, expected one or more");
  SkeletonSequence sequence(frames.size(), count_persons(json, frames), num_joints);
  for (std::size_t frame = 0; frame < frames.size(); ++frame) {
    const auto& persons = json.array(frames[frame].value);
    for (std::size_t person = 0; person < persons.size(); ++person) {
      if (is_null(persons[person].value)) continue;
      read_joints(json, persons[person].value, frame, person, sequence);
    }
  }
  return sequence;
}

std::int32_t read_label(const LocatedJson& json, const Value& value,
                        const std::vector<std::string>& classes) {
  const auto found = std::ranges::find(classes, json.text(value));
  if (found != classes.end()) return static_cast<std::int32_t>(found - classes.begin());
  json.fail(value, message("found class \"", value.text, "\", expected one of \"classes\""));
}

Skeleton read_body(const LocatedJson& json, const Path& folder) {
  const Value& value = json.at(json.root(), "skeleton");
  const std::string& name = json.text(value);
  if (name.ends_with(".json")) return load_skeleton(folder / name);
  try {
    return skeleton_named(name);
  } catch (const GraphError& error) {
    json.fail(value, message(error.what(), ", or a file's name that ends with .json"));
  }
}

void read_table(const Path& path, ClipDataset& data) {
  LineReader lines(path);
  while (const auto line = lines.next()) {
    if (line->empty()) continue;
    ClipLine read = parse_clip(*line, lines.where(), data.skeleton.num_joints(), data.classes);
    if (read.clip.label == kNoLabel) {
      throw ParseError(lines.where(), "a clip without a \"label\", expected one");
    }
    (read.split == Split::kTrain ? data.train
     : read.split == Split::kDev ? data.dev
                                 : data.test)
        .push_back(std::move(read.clip));
  }
}

}  // namespace

ClipLine parse_clip(std::string_view line, const TextPosition& where, NodeId num_joints,
                    const std::vector<std::string>& classes) {
  const LocatedJson json(line, where);
  const Value& root = json.root();
  json.expect_entries(root, {"name", "split", "label", "frames"});
  ClipLine read{{}, Split::kTest};
  const Value* const name = json.find(root, "name");
  read.clip.name = name != nullptr ? json.text(*name) : message(where.source, ":", where.line);
  if (const Value* const split = json.find(root, "split")) {
    const auto named = split_named(json.text(*split));
    if (!named) {
      json.fail(*split,
                message("found split \"", split->text, "\", expected train, dev (val) or test"));
    }
    read.split = *named;
  }
  if (const Value* const label = json.find(root, "label")) {
    read.clip.label = read_label(json, *label, classes);
  }
  read.clip.sequence = read_frames(json, json.at(root, "frames"), num_joints);
  return read;
}

ClipDataset load_clips(const Path& folder) {
  const LocatedJson json(folder / "clips.json");
  const Value& root = json.root();
  json.expect_entries(root, {"format", "skeleton", "classes", "clips"});
  const Value& format = json.at(root, "format");
  if (json.text(format) != kFormat) {
    json.fail(format, message("found \"", format.text, "\", expected \"", kFormat, "\""));
  }
  ClipDataset data(read_body(json, folder));
  for (const auto& item : json.array(json.at(root, "classes"))) {
    const std::string& name = json.text(item.value);
    if (name.empty() || std::ranges::find(data.classes, name) != data.classes.end()) {
      json.fail(item.value, message("the class \"", name, "\" is empty or there twice"));
    }
    data.classes.push_back(name);
  }
  for (const auto& item : json.array(json.at(root, "clips"))) {
    read_table(folder / json.text(item.value), data);
  }
  return data;
}

}  // namespace espalier::datasets
