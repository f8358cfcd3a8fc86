#include <espalier/datasets/nwucla.h>

#include <string>
#include <utility>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/joint_json.h>
#include <espalier/datasets/internal/located_json.h>
#include <espalier/datasets/internal/table_reader.h>

namespace espalier::datasets {
namespace {

using Path = std::filesystem::path;

enum Column : std::size_t {
  kName,
  kAction,
  kLabel,
  kSubject,
  kTrial,
  kView,
  kSplit,
  kFrames,
  kTwin,
  kNumColumns
};

SkeletonSequence read_clip(const Path& path, std::size_t label, std::size_t num_frames) {
  const LocatedJson json(path);
  json.expect_entries(json.root(), {"file_name", "label", "skeletons"});
  const auto& label_value = json.at(json.root(), "label");
  if (json.number(label_value, 1, 11) != label) {
    json.fail(label_value, message("found label ", label_value.text, ", expected ", label,
                                   ", as index.tsv has it"));
  }
  const auto& skeletons = json.at(json.root(), "skeletons");
  const auto& frames = json.array(skeletons);
  if (frames.size() != num_frames || num_frames == 0) {
    json.fail(skeletons, message("found ", frames.size(), " frames, expected ", num_frames,
                                 num_frames == 0 ? " or more" : ", as index.tsv has it"));
  }
  SkeletonSequence sequence(num_frames, 1, skeleton_named("kinect").num_joints());
  for (std::size_t frame = 0; frame < num_frames; ++frame) {
    read_joints(json, frames[frame].value, frame, 0, sequence);
  }
  return sequence;
}

// Joints that the tracker lost stand at the camera.
SkeletonSequence without_lost(const SkeletonSequence& read) {
  SkeletonSequence sequence(read.num_frames(), read.num_persons(), read.num_joints());
  for (std::size_t frame = 0; frame < read.num_frames(); ++frame) {
    for (std::size_t joint = 0; joint < read.num_joints(); ++joint) {
      const auto at = read.at(frame, 0, joint);
      if (at[0] == 0.0f && at[1] == 0.0f && at[2] == 0.0f) continue;
      sequence.place(frame, 0, joint, at[0], at[1], at[2]);
    }
  }
  return sequence;
}

}  // namespace

ClipDataset load_nwucla(const Path& folder, const NwuclaOptions& options) {
  if (options.dev_subject < 0 || options.dev_subject > 10) {
    throw OptionError(message("dev_subject is ", options.dev_subject, ", expected 0 .. 10"));
  }
  ClipDataset data(skeleton_named("kinect"));
  data.classes = {"pick up with one hand",
                  "pick up with two hands",
                  "drop trash",
                  "walk around",
                  "sit down",
                  "stand up",
                  "put on",
                  "take off",
                  "throw",
                  "carry"};
  TableReader table(folder / "index.tsv",
                    "name, action, label, subject, trial, view, split, frames, same_as",
                    kNumColumns, kNumColumns);
  std::size_t num_learnt = 0;
  while (table.next()) {
    const std::string name(table.text(kName));
    if (name.empty() || name.find_first_of("/\\") != std::string::npos) {
      table.fail(kName, message("found name \"", name, "\", expected that of a file"));
    }
    const NodeId label = table.id(kLabel, 11, "label");
    const NodeId subject = table.id(kSubject, 11, "subject");
    const NodeId view = table.id(kView, 4, "view");
    for (const auto& [column, number] :
         {std::pair(kLabel, label), {kSubject, subject}, {kView, view}}) {
      if (number == 0) table.fail(column, "found 0, expected a number from 1");
    }
    const bool is_test = view == 3;
    if (!is_test && options.protocol == NwuclaProtocol::kClean && table.text(kTwin) != "-")
      continue;
    const std::size_t num_frames = table.id(kFrames, kMostNodes, "frames");
    LabelledClip clip{
        name,
        without_lost(
            read_clip(plain_or_compressed(folder / "all_sqe", name + ".json"), label, num_frames)),
        static_cast<std::int32_t>(label) - 1};
    const bool is_dev = options.dev_subject == 0
                            ? num_learnt % 20 == 19
                            : subject == static_cast<NodeId>(options.dev_subject);
    if (!is_test) ++num_learnt;
    (is_test ? data.test : is_dev ? data.dev : data.train).push_back(std::move(clip));
  }
  return data;
}

}  // namespace espalier::datasets
