// A clip of NTU RGB+D from its file.

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include <espalier/base/error.h>
#include <espalier/datasets/internal/fields.h>
#include <espalier/datasets/line_reader.h>
#include <espalier/datasets/ntu.h>

namespace espalier::datasets {
namespace {

constexpr std::size_t kJoints = 25, kBodyFields = 10, kJointFields = 12;

struct Joint {
  std::array<float, 3> position = {};
  bool is_seen = false;
};
struct Moment {
  std::size_t frame = 0;
  std::array<Joint, kJoints> joints = {};
};
using Body = std::vector<Moment>;  // By frame.

class ClipReader {
 public:
  ClipReader(LineReader& lines, const NtuClipOptions& options) : lines_(lines), options_(options) {
    if (options.persons == 0) throw OptionError("0 persons, expected 1 or more");
  }

  SkeletonSequence read() { return read(count("the number of frames")); }

  SkeletonSequence read(std::uint64_t num_frames) {
    std::map<std::string, Body> bodies;
    for (std::size_t frame = 0; frame < num_frames; ++frame) {
      const std::uint64_t num_bodies = count("the number of bodies");
      for (std::uint64_t i = 0; i < num_bodies; ++i) read_body(frame, bodies);
    }
    while (const auto line = lines_.next()) {
      if (split_words(*line).empty()) continue;
      throw ParseError(lines_.where(), message("found more, expected the end after ", num_frames,
                                               " frames, as the first line says"));
    }
    return place(num_frames, bodies);
  }

 private:
  std::vector<Field> words(std::size_t expected, const char* what) {
    const auto line = lines_.next();
    if (!line) throw ParseError(lines_.file(), message("the file ends, expected ", what));
    std::vector<Field> found = split_words(*line);
    if (found.size() != expected) {
      throw ParseError(lines_.where(),
                       message("found ", found.size(), " fields, expected ", what, ", ", expected,
                               expected == 1 ? " field" : " fields"));
    }
    return found;
  }

  std::uint64_t count(const char* what) {
    const Field word = words(1, what)[0];
    const auto number = whole_number(word.text);
    if (number) return *number;
    throw ParseError(lines_.where(word.offset),
                     message("found \"", word.text, "\", expected ", what));
  }

  void read_body(std::size_t frame, std::map<std::string, Body>& bodies) {
    const std::string id(words(kBodyFields, "a body")[0].text);
    Body& body = bodies[id];
    if (!body.empty() && body.back().frame == frame) {
      throw ParseError(lines_.where(), message("body ", id, " is there twice in frame ", frame + 1,
                                               ", expected once"));
    }
    const std::uint64_t num_joints = count("the number of joints");
    if (num_joints != kJoints) {
      throw ParseError(lines_.where(),
                       message("found ", num_joints, " joints, expected ", kJoints));
    }
    Moment& moment = body.emplace_back();
    moment.frame = frame;
    for (Joint& joint : moment.joints) joint = read_joint();
  }

  Joint read_joint() {
    const std::vector<Field> fields = words(kJointFields, "a joint");
    Joint joint;
    std::size_t num_nan = 0;
    for (std::size_t i = 0; i < kJointFields; ++i) {
      const bool is_nan = lower_case(std::string(fields[i].text)) == "nan";
      if (is_nan && (i >= 3 || options_.nan_is_unseen)) {  // Pixels and turns are not used.
        num_nan += i < 3 ? 1 : 0;
        continue;
      }
      const auto number = finite_number(fields[i].text);
      if (!number && (i < 3 || !is_infinite(fields[i].text))) {
        throw ParseError(lines_.where(fields[i].offset),
                         message("found \"", fields[i].text, "\", expected a finite number"));
      }
      if (i < 3) joint.position[i] = *number;
    }
    joint.is_seen = num_nan == 0;
    return joint;
  }

  // As pixels of joints out of sight may be.
  static bool is_infinite(std::string_view text) {
    if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
    const std::string lower = lower_case(std::string(text));
    return lower == "inf" || lower == "infinity";
  }

  // The sum of the variances of the coordinates of all joints.
  static double motion(const Body& body) {
    double sum = 0.0;
    for (std::size_t j = 0; j < kJoints; ++j) {
      for (std::size_t axis = 0; axis < 3; ++axis) {
        double n = 0.0, mean = 0.0, squares = 0.0;  // Welford's.
        for (const Moment& moment : body) {
          if (!moment.joints[j].is_seen) continue;
          const double value = moment.joints[j].position[axis], before = value - mean;
          mean += before / ++n;
          squares += before * (value - mean);
        }
        if (n > 0.0) sum += squares / n;
      }
    }
    return sum;
  }

  SkeletonSequence place(std::size_t num_frames, const std::map<std::string, Body>& bodies) const {
    std::vector<std::pair<double, const Body*>> ranked;
    for (const auto& [id, body] : bodies) ranked.emplace_back(motion(body), &body);
    std::ranges::stable_sort(ranked,
                             [](const auto& a, const auto& b) { return a.first > b.first; });
    SkeletonSequence sequence(num_frames, options_.persons, kJoints);
    for (std::size_t person = 0; person < std::min(ranked.size(), options_.persons); ++person) {
      for (const Moment& moment : *ranked[person].second) {
        for (std::size_t j = 0; j < kJoints; ++j) {
          const auto& [position, is_seen] = moment.joints[j];
          if (is_seen)
            sequence.place(moment.frame, person, j, position[0], position[1], position[2]);
        }
      }
    }
    return sequence;
  }

  LineReader& lines_;
  NtuClipOptions options_;
};

}  // namespace

SkeletonSequence load_ntu_clip(const std::filesystem::path& path, const NtuClipOptions& options) {
  LineReader lines(path);
  return ClipReader(lines, options).read();
}

SkeletonSequence read_ntu_clip(LineReader& lines, std::uint64_t num_frames,
                               const NtuClipOptions& options) {
  return ClipReader(lines, options).read(num_frames);
}

}  // namespace espalier::datasets
