#include <espalier/apps/pictures/clip_drawing.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <sstream>
#include <string_view>
#include <utility>

#include <espalier/base/error.h>
#include <espalier/base/utf8.h>

namespace espalier::apps {
namespace {

constexpr double kWidth = 480, kHeight = 520, kTop = 60, kMargin = 30, kFramesPerSecond = 20;

struct Place {
  double x = 0.0, y = 0.0;
};

void check(const DrawnClip& clip, const Tree& bones) {
  const SkeletonSequence& sequence = clip.sequence;
  if (sequence.num_frames() == 0 || sequence.num_joints() != bones.num_nodes()) {
    throw ShapeError(message("a clip of ", sequence.num_frames(), " frames of ",
                             sequence.num_joints(), " joints, expected 1 or more of ",
                             bones.num_nodes()));
  }
  if (clip.attention.empty()) return;
  const std::size_t joints = sequence.num_persons() * sequence.num_joints();
  const bool fits = clip.attention.size() == sequence.num_frames() &&
                    std::ranges::all_of(clip.attention,
                                        [&](const auto& frame) { return frame.size() == joints; });
  if (!fits) throw ShapeError("attention is not of each joint of each frame");
}

// Where joints are on the picture: one scale for both axes, so that all that is seen fits.
class Projection {
 public:
  explicit Projection(const SkeletonSequence& sequence) : sequence_(sequence) {
    constexpr double kNone = std::numeric_limits<double>::infinity();
    double left = kNone, right = -kNone, bottom = kNone, top = -kNone;
    for (std::size_t frame = 0; frame < sequence.num_frames(); ++frame) {
      for (std::size_t person = 0; person < sequence.num_persons(); ++person) {
        for (std::size_t joint = 0; joint < sequence.num_joints(); ++joint) {
          if (!sequence.is_seen(frame, person, joint)) continue;
          const auto at = sequence.at(frame, person, joint);
          left = std::min<double>(left, at[0]);
          right = std::max<double>(right, at[0]);
          bottom = std::min<double>(bottom, at[1]);
          top = std::max<double>(top, at[1]);
        }
      }
    }
    if (left > right) left = right = bottom = top = 0.0;  // Nothing is seen.
    const double wide = std::max(right - left, 1e-6), high = std::max(top - bottom, 1e-6);
    scale_ = std::min((kWidth - 2 * kMargin) / wide, (kHeight - kTop - 2 * kMargin) / high);
    x_ = kWidth / 2 - scale_ * (left + right) / 2;
    y_ = kTop + (kHeight - kTop) / 2 + scale_ * (bottom + top) / 2;
  }

  Place operator()(std::size_t frame, std::size_t person, std::size_t joint) const {
    const auto at = sequence_.at(frame, person, joint);
    return {x_ + scale_ * at[0], y_ - scale_ * at[1]};
  }

 private:
  const SkeletonSequence& sequence_;
  double scale_ = 1.0, x_ = 0.0, y_ = 0.0;
};

// A tenth of a pixel is enough.
std::string number(double value) {
  std::ostringstream out;
  out << std::round(value * 10.0) / 10.0;
  return std::move(out).str();
}

class ClipDrawing {
 public:
  ClipDrawing(const DrawnClip& clip, const Tree& bones)
      : clip_(clip), bones_(bones), at_(clip.sequence) {
    find_range();
  }

  std::string draw() {
    out_ << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << kWidth << "\" height=\""
         << kHeight << "\" font-family=\"Helvetica, sans-serif\" font-size=\"15\">\n"
         << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
    write_labels();
    for (std::size_t person = 0; person < clip_.sequence.num_persons(); ++person) {
      for (NodeId joint = 0; joint < bones_.num_nodes(); ++joint) write_bone(person, joint);
      for (NodeId joint = 0; joint < bones_.num_nodes(); ++joint) write_joint(person, joint);
    }
    out_ << "</svg>\n";
    return std::move(out_).str();
  }

 private:
  std::size_t num_frames() const { return clip_.sequence.num_frames(); }

  void write_labels() {
    const bool is_wrong = !clip_.truth.empty() && clip_.truth != clip_.predicted;
    out_ << "<text x=\"" << kMargin << "\" y=\"28\" fill=\"" << (is_wrong ? "#c02020" : "#202020")
         << "\">" << xml_text(clip_.predicted) << "</text>\n";
    if (least_ <= most_) {
      out_ << "<text x=\"" << kMargin << "\" y=\"" << kHeight - 12
           << "\" fill=\"#808080\">attention " << least_ << " to " << most_ << "</text>\n";
    }
    if (clip_.truth.empty()) return;
    out_ << "<text x=\"" << kMargin
         << "\" y=\"48\" fill=\"#808080\">true: " << xml_text(clip_.truth) << "</text>\n";
  }

  // The values of an attribute over the frames, if it changes.
  template <class ValueOf>
  void write_values(const char* attribute, const ValueOf& value_of) {
    const std::string first = value_of(0);
    std::string values = first;
    bool changes = false;
    for (std::size_t frame = 1; frame < num_frames(); ++frame) {
      const std::string value = value_of(frame);
      changes = changes || value != first;
      values.append(1, ';').append(value);
    }
    if (changes) write_animation(attribute, "linear", values);
  }

  void write_animation(const char* attribute, const char* mode, const std::string& values) {
    out_ << "<animate attributeName=\"" << attribute << "\" calcMode=\"" << mode << "\" values=\""
         << values << "\" dur=\"" << static_cast<double>(num_frames()) / kFramesPerSecond
         << "s\" repeatCount=\"indefinite\"/>";
  }

  void write_visibility(const auto& is_seen) {
    std::string values;
    bool always = true;
    for (std::size_t frame = 0; frame < num_frames(); ++frame) {
      always = always && is_seen(frame);
      values.append(frame == 0 ? "" : ";").append(is_seen(frame) ? "visible" : "hidden");
    }
    if (!always) write_animation("visibility", "discrete", values);
  }

  bool is_ever(const auto& is_seen) const {
    for (std::size_t frame = 0; frame < num_frames(); ++frame) {
      if (is_seen(frame)) return true;
    }
    return false;
  }

  void write_bone(std::size_t person, NodeId joint) {
    const NodeId parent = bones_.parent(joint);
    if (parent == kNoNode) return;
    const auto is_seen = [&](std::size_t frame) {
      return clip_.sequence.is_seen(frame, person, joint) &&
             clip_.sequence.is_seen(frame, person, parent);
    };
    if (!is_ever(is_seen)) return;
    const Place a = at_(0, person, joint), b = at_(0, person, parent);
    out_ << "<line x1=\"" << number(a.x) << "\" y1=\"" << number(a.y) << "\" x2=\"" << number(b.x)
         << "\" y2=\"" << number(b.y)
         << "\" stroke=\"#606060\" stroke-width=\"4\" stroke-linecap=\"round\">";
    write_values("x1", [&](std::size_t f) { return number(at_(f, person, joint).x); });
    write_values("y1", [&](std::size_t f) { return number(at_(f, person, joint).y); });
    write_values("x2", [&](std::size_t f) { return number(at_(f, person, parent).x); });
    write_values("y2", [&](std::size_t f) { return number(at_(f, person, parent).y); });
    write_visibility(is_seen);
    out_ << "</line>\n";
  }

  // From 0, the least of the clip, to 1.
  float attention(std::size_t frame, std::size_t person, NodeId joint) const {
    if (clip_.attention.empty() || least_ >= most_) return 0.5f;
    const float value = clip_.attention[frame][person * bones_.num_nodes() + joint];
    return std::clamp((value - least_) / (most_ - least_), 0.0f, 1.0f);
  }

  // Of what is seen.
  void find_range() {
    if (clip_.attention.empty()) return;
    const SkeletonSequence& sequence = clip_.sequence;
    for (std::size_t frame = 0; frame < num_frames(); ++frame) {
      for (std::size_t person = 0; person < sequence.num_persons(); ++person) {
        for (NodeId joint = 0; joint < bones_.num_nodes(); ++joint) {
          if (!sequence.is_seen(frame, person, joint)) continue;
          const float value = clip_.attention[frame][person * bones_.num_nodes() + joint];
          least_ = std::min(least_, value);
          most_ = std::max(most_, value);
        }
      }
    }
  }

  // From grey to red.
  static std::string color(float attention) {
    const auto mix = [&](double from, double to) {
      return std::to_string(std::lround(from + (to - from) * attention));
    };
    return "rgb(" + mix(150, 215) + "," + mix(150, 25) + "," + mix(150, 30) + ")";
  }

  void write_joint(std::size_t person, NodeId joint) {
    const auto is_seen = [&](std::size_t frame) {
      return clip_.sequence.is_seen(frame, person, joint);
    };
    if (!is_ever(is_seen)) return;
    const auto radius = [&](std::size_t f) {
      return number(3.0 + 7.0 * static_cast<double>(attention(f, person, joint)));
    };
    const auto fill = [&](std::size_t f) {
      return clip_.attention.empty() ? std::string("#2060a0") : color(attention(f, person, joint));
    };
    const Place at = at_(0, person, joint);
    out_ << "<circle cx=\"" << number(at.x) << "\" cy=\"" << number(at.y) << "\" r=\"" << radius(0)
         << "\" fill=\"" << fill(0) << "\">";
    write_values("cx", [&](std::size_t f) { return number(at_(f, person, joint).x); });
    write_values("cy", [&](std::size_t f) { return number(at_(f, person, joint).y); });
    write_values("r", radius);
    write_values("fill", fill);
    write_visibility(is_seen);
    out_ << "</circle>\n";
  }

  const DrawnClip& clip_;
  const Tree& bones_;
  Projection at_;
  float least_ = std::numeric_limits<float>::infinity(), most_ = -least_;
  std::ostringstream out_;
};

}  // namespace

std::string draw_clip(const DrawnClip& clip, const Tree& bones) {
  check(clip, bones);
  return ClipDrawing(clip, bones).draw();
}

}  // namespace espalier::apps
