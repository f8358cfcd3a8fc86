#include <espalier/base/error.h>
#include <espalier/graph/skeleton.h>

namespace espalier {
namespace {

constexpr NodeId kCentre = kNoNode;

// J. Shotton et al., CVPR 2011; Kinect's second version, as the authors of NTU RGB+D number and
// join it (Shahroudy et al., CVPR 2016): tips of hands hang on thumbs.
Skeleton ntu() {
  return {"ntu",
          {"spine base",     "spine middle",  "neck",       "head",           "left shoulder",
           "left elbow",     "left wrist",    "left hand",  "right shoulder", "right elbow",
           "right wrist",    "right hand",    "left hip",   "left knee",      "left ankle",
           "left foot",      "right hip",     "right knee", "right ankle",    "right foot",
           "spine shoulder", "left hand tip", "left thumb", "right hand tip", "right thumb"},
          std::vector<NodeId>{1,  20, 20, 2, 20, 4,  5,  6,       20, 8, 9,  10, 0,
                              12, 13, 14, 0, 16, 17, 18, kCentre, 22, 7, 24, 11},
          {{"torso", {0, 1, 2, 3, 20}},
           {"left arm", {4, 5, 6, 7, 21, 22}},
           {"right arm", {8, 9, 10, 11, 23, 24}},
           {"left leg", {12, 13, 14, 15}},
           {"right leg", {16, 17, 18, 19}}},
          BodyFrame{.origin = {1}, .base = {0}, .spine = {1}, .left = {4}, .right = {8}}};
}

// Kinect's first version; Northwestern-UCLA (Wang et al., CVPR 2014).
Skeleton kinect() {
  return {
      "kinect",
      {"hip centre",  "spine",      "shoulder centre", "head",           "left shoulder",
       "left elbow",  "left wrist", "left hand",       "right shoulder", "right elbow",
       "right wrist", "right hand", "left hip",        "left knee",      "left ankle",
       "left foot",   "right hip",  "right knee",      "right ankle",    "right foot"},
      std::vector<NodeId>{1, 2, kCentre, 2, 2, 4, 5, 6, 2, 8, 9, 10, 0, 12, 13, 14, 0, 16, 17, 18},
      {{"torso", {0, 1, 2, 3}},
       {"left arm", {4, 5, 6, 7}},
       {"right arm", {8, 9, 10, 11}},
       {"left leg", {12, 13, 14, 15}},
       {"right leg", {16, 17, 18, 19}}},
      BodyFrame{.origin = {1}, .base = {0}, .spine = {1}, .left = {4}, .right = {8}}};
}

// Cao et al., "OpenPose", TPAMI 2021; bones as Yan et al., "Spatial Temporal Graph Convolutional
// Networks for Skeleton-Based Action Recognition", AAAI 2018, join them.
Skeleton openpose() {
  return {"openpose",
          {"nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder",
           "left elbow", "left wrist", "right hip", "right knee", "right ankle", "left hip",
           "left knee", "left ankle", "right eye", "left eye", "right ear", "left ear"},
          std::vector<NodeId>{1, kCentre, 1, 2, 3, 1, 5, 6, 2, 8, 9, 5, 11, 12, 0, 0, 14, 15},
          {{"head", {0, 1, 14, 15, 16, 17}},
           {"right arm", {2, 3, 4}},
           {"left arm", {5, 6, 7}},
           {"right leg", {8, 9, 10}},
           {"left leg", {11, 12, 13}}},
          BodyFrame{.origin = {8, 11}, .base = {8, 11}, .spine = {1}, .left = {5}, .right = {2}}};
}

// Lin et al., "Microsoft COCO", ECCV 2014: its 17 keypoints about the nose.
Skeleton coco() {
  return {
      "coco",
      {"nose", "left eye", "right eye", "left ear", "right ear", "left shoulder", "right shoulder",
       "left elbow", "right elbow", "left wrist", "right wrist", "left hip", "right hip",
       "left knee", "right knee", "left ankle", "right ankle"},
      std::vector<NodeId>{kCentre, 0, 0, 1, 2, 0, 0, 5, 6, 7, 8, 5, 6, 11, 12, 13, 14},
      {{"head", {0, 1, 2, 3, 4}},
       {"left arm", {5, 7, 9}},
       {"right arm", {6, 8, 10}},
       {"left leg", {11, 13, 15}},
       {"right leg", {12, 14, 16}}},
      BodyFrame{.origin = {11, 12}, .base = {11, 12}, .spine = {5, 6}, .left = {5}, .right = {6}}};
}

}  // namespace

const Skeleton& skeleton_named(std::string_view name) {
  static const Skeleton known[] = {ntu(), kinect(), openpose(), coco()};
  for (const Skeleton& skeleton : known) {
    if (skeleton.name() == name) return skeleton;
  }
  throw GraphError(
      message("there is no skeleton \"", name, "\"; there are: ntu, kinect, openpose, coco"));
}

}  // namespace espalier
