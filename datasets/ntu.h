#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string_view>

#include <espalier/data/labelled_clip.h>
#include <espalier/datasets/line_reader.h>

namespace espalier::datasets {

/// What the name of a clip says, "SsssCcccPpppRrrrAaaa": all from 1.
struct NtuName {
  int setup = 0, camera = 0, performer = 0, replication = 0, action = 0;
};
/// Throws ParseError if it is another name, or a number is beyond those of NTU RGB+D (60).
NtuName parse_ntu_name(std::string_view name);

struct NtuClipOptions {
  /// Of the bodies that a clip has, those that move most, by the sum of their joints' variances; a
  /// sequence has so many persons, absent if there are fewer. > 0.
  std::size_t persons = 2;
  /// Joints whose coordinates are NaN were not seen; else they are errors.
  bool nan_is_unseen = false;
};

/// A `.skeleton` file, plain or compressed, as docs/skeleton-formats.md tells: Kinect's 25 joints
/// (skeleton_named("ntu")), in metres. Bodies are told apart by their id, whatever their order;
/// frames without a body stay.
///
/// Throws FileError and ParseError as LineReader does, and ParseError, naming the line, at a file
/// that ends before its counts say so or goes on after it, at another count of joints or fields, at
/// what is no number, and at coordinates that are infinite or, unless it is said that they are
/// unseen, NaN; OptionError if persons is 0.
SkeletonSequence load_ntu_clip(const std::filesystem::path& path,
                               const NtuClipOptions& options = {});

/// The same of lines that were read so far as the first one, `num_frames`.
SkeletonSequence read_ntu_clip(LineReader& lines, std::uint64_t num_frames,
                               const NtuClipOptions& options = {});

/// Who is learnt from, and who is the test.
enum class NtuProtocol {
  kCrossSubject,  ///< 20 of the 40 performers are learnt from.
  kCrossView,     ///< Cameras 2 and 3 are learnt from, camera 1 is the test.
};

struct NtuOptions {
  NtuProtocol protocol = NtuProtocol::kCrossSubject;
  float dev_fraction = 0.05f;  ///< Of what is learnt from, drawn at random; >= 0, < 1.
  std::uint64_t seed = 0;      ///< Of that draw.
  NtuClipOptions clips = {};
};

/// NTU RGB+D: 60 actions of 40 performers (Shahroudy, Liu, Ng and Wang, "NTU RGB+D: A Large Scale
/// Dataset for 3D Human Activity Analysis", CVPR 2016). `folder` has the clips, by name, with the
/// ending ".skeleton", or that and one of a compression. Clips that its file missing_skeletons.txt
/// names, a line each, if there is one, are left out: the authors' list of 302 whose skeletons are
/// missing or incomplete. Clips are in the order of their names.
///
/// Throws FileError if there are no clips, OptionError at options out of range, and as
/// parse_ntu_name() and load_ntu_clip().
ClipDataset load_ntu(const std::filesystem::path& folder, const NtuOptions& options = {});

}  // namespace espalier::datasets
