#include <espalier/training/line_plot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

#include <espalier/base/error.h>

namespace espalier::training {
namespace {

constexpr double kWidth = 720, kHeight = 420;
constexpr double kLeft = 76, kRight = 160, kTop = 44, kBottom = 56;  // Margins.
constexpr std::array<const char*, 8> kColors = {"#1b6ca8", "#c8553d", "#3a8f5c", "#8a5aa8",
                                                "#b8860b", "#4a4a4a", "#d4699e", "#2aa1a1"};

std::string number(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g", value);
  return text.data();
}

std::string escaped(const std::string& text) {
  std::string result;
  for (const char c : text) {
    if (c == '<') {
      result += "&lt;";
    } else if (c == '&') {
      result += "&amp;";
    } else {
      result += c;
    }
  }
  return result;
}

// A range of values and where they lie between two ends of the picture.
class Scale {
 public:
  Scale(double begin, double end, bool is_log) : begin_(begin), end_(end), is_log_(is_log) {}

  void include(double value) {
    low_ = std::min(low_, transformed(value));
    high_ = std::max(high_, transformed(value));
  }
  bool shows(double value) const { return std::isfinite(value) && (!is_log_ || value > 0.0); }
  bool is_empty() const { return low_ > high_; }

  // Widens the range a little if it is a single value.
  void finish() {
    if (high_ > low_) return;
    low_ -= 0.5;
    high_ += 0.5;
  }
  double place(double value) const {
    return begin_ + (end_ - begin_) * (transformed(value) - low_) / (high_ - low_);
  }

  // Round values in the range, about six of them.
  std::vector<double> ticks() const {
    constexpr double kWanted = 6.0;
    const double span = (high_ - low_) / kWanted;
    const double power = std::pow(10.0, std::floor(std::log10(span)));
    double step = power;
    for (const double factor : {2.0, 5.0, 10.0}) {
      if (step < span) step = factor * power;
    }
    if (is_log_) step = std::max(1.0, std::round(step));
    std::vector<double> values;
    for (double t = std::ceil(low_ / step) * step; t <= high_ + 1e-9 * step; t += step) {
      values.push_back(is_log_ ? std::pow(10.0, t) : std::abs(t) < 1e-9 * step ? 0.0 : t);
    }
    return values;
  }

 private:
  double transformed(double value) const { return is_log_ ? std::log10(value) : value; }

  double begin_, end_;
  bool is_log_;
  double low_ = std::numeric_limits<double>::infinity();
  double high_ = -std::numeric_limits<double>::infinity();
};

std::string text_at(double x, double y, const char* anchor, const std::string& text,
                    const std::string& more = "") {
  return message("<text x=\"", number(x), "\" y=\"", number(y), "\" text-anchor=\"", anchor, "\"",
                 more, ">", escaped(text), "</text>\n");
}

std::string segment(double x1, double y1, double x2, double y2, const char* color, double width) {
  return message("<line x1=\"", number(x1), "\" y1=\"", number(y1), "\" x2=\"", number(x2),
                 "\" y2=\"", number(y2), "\" stroke=\"", color, "\" stroke-width=\"", width,
                 "\"/>\n");
}

std::string axes(const Scale& x, const Scale& y, const LinePlotOptions& options) {
  const double right = kWidth - kRight, bottom = kHeight - kBottom;
  std::string svg;
  for (const double tick : x.ticks()) {
    svg += segment(x.place(tick), kTop, x.place(tick), bottom, "#e4e4e4", 1);
    svg += text_at(x.place(tick), bottom + 18, "middle", number(tick));
  }
  for (const double tick : y.ticks()) {
    svg += segment(kLeft, y.place(tick), right, y.place(tick), "#e4e4e4", 1);
    svg += text_at(kLeft - 8, y.place(tick) + 4, "end", number(tick));
  }
  svg += segment(kLeft, bottom, right, bottom, "#606060", 1);
  svg += segment(kLeft, kTop, kLeft, bottom, "#606060", 1);
  svg += text_at((kLeft + right) / 2, 24, "middle", options.title, " font-size=\"15\"");
  svg += text_at((kLeft + right) / 2, kHeight - 14, "middle", options.x_label);
  const double middle = (kTop + bottom) / 2;
  svg += text_at(18, middle, "middle", options.y_label,
                 message(" transform=\"rotate(-90 18 ", number(middle), ")\""));
  return svg;
}

// The parts of a line between points that are left out.
std::string curve(const Line& line, const Scale& x, const Scale& y, const char* color) {
  std::string path;
  bool drawing = false;
  for (const auto& [px, py] : line.points) {
    if (!x.shows(px) || !y.shows(py)) {
      drawing = false;
      continue;
    }
    path += message(drawing ? " L" : " M", number(x.place(px)), ' ', number(y.place(py)));
    drawing = true;
  }
  return message("<path d=\"", path, "\" fill=\"none\" stroke=\"", color,
                 "\" stroke-width=\"2\" stroke-linejoin=\"round\"/>\n");
}

}  // namespace

std::string line_plot_svg(std::span<const Line> lines, const LinePlotOptions& options) {
  Scale x(kLeft, kWidth - kRight, false), y(kHeight - kBottom, kTop, options.log_y);
  for (const Line& line : lines) {
    for (const auto& [px, py] : line.points) {
      if (!x.shows(px) || !y.shows(py)) continue;
      x.include(px);
      y.include(py);
    }
  }
  if (x.is_empty()) throw OptionError("a plot without points, expected one or more");
  x.finish();
  y.finish();

  std::string svg = message("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"", kWidth,
                            "\" height=\"", kHeight, "\" viewBox=\"0 0 ", kWidth, ' ', kHeight,
                            "\" font-family=\"sans-serif\" font-size=\"12\">\n",
                            "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
  svg += axes(x, y, options);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const char* const color = kColors[i % kColors.size()];
    svg += curve(lines[i], x, y, color);
    const double legend = kTop + 14 + 20 * static_cast<double>(i);
    const double right = kWidth - kRight + 14;
    svg += segment(right, legend - 4, right + 20, legend - 4, color, 3);
    svg += text_at(right + 26, legend, "start", lines[i].name);
  }
  return svg + "</svg>\n";
}

}  // namespace espalier::training
