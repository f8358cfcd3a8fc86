#pragma once

#include <filesystem>

#include <espalier/data/labelled_clip.h>

namespace espalier::datasets {

/// Of the 464 clips of view 3, 95 are in view 2 too, number for number.
enum class NwuclaProtocol {
  kUsual,  ///< All of views 1 and 2 are learnt from, as in what is published.
  kClean,  ///< But those that are in view 3 too.
};

struct NwuclaOptions {
  NwuclaProtocol protocol = NwuclaProtocol::kUsual;
  /// Whose clips of views 1 and 2 choose the best epoch, and are not learnt from: 1 .. 10; 0: every
  /// twentieth clip.
  int dev_subject = 10;
};

/// Northwestern-UCLA Multiview Action 3D: ten actions of ten people before three cameras (Wang,
/// Nie, Xia, Wu and Zhu, "Cross-view Action Modeling, Learning and Recognition", CVPR 2014), as
/// Chen et al. prepared it for "Channel-wise Topology Refinement", ICCV 2021. View 3 is the test.
///
/// `folder` has index.tsv, lines "name<TAB>action<TAB>label<TAB>subject<TAB>trial<TAB>view<TAB>
/// split<TAB>frames<TAB>same_as", and for each all_sqe/<name>.json, plain or compressed: an object
/// of "file_name", "label", from 1, and "skeletons", an array of frames, each of 20 joints
/// (skeleton_named("kinect")), each [x, y, z] in metres. A joint at 0, 0, 0 was not seen.
///
/// Throws FileError, and ParseError, naming the place, at what is not so: another number of frames
/// or joints, coordinates that are no finite numbers, a clip without frames, a label that is not
/// the index's; OptionError if dev_subject is out of range.
ClipDataset load_nwucla(const std::filesystem::path& folder, const NwuclaOptions& options = {});

}  // namespace espalier::datasets
