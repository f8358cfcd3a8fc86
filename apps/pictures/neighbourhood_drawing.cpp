#include <espalier/apps/pictures/neighbourhood_drawing.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <sstream>
#include <utility>

#include <espalier/apps/pictures/svg.h>
#include <espalier/base/error.h>

namespace espalier::apps {
namespace {

constexpr int kWidth = 760, kLeft = 16, kTop = 40, kTitle = 48, kWheel = 520;
constexpr double kSpoke = 190.0, kThickest = 14.0, kThinnest = 0.25, kLoop = 48.0;
constexpr std::size_t kShownCharacters = 90, kShownOfName = 14;

double total(const std::vector<DrawnNeighbour>& neighbours) {
  double sum = 0.0;
  for (const DrawnNeighbour& n : neighbours) sum += static_cast<double>(n.weight);
  return sum;
}

std::string title_of(const DrawnPath& path) {
  const std::size_t drawn = path.heaviest.size();
  if (path.num_neighbours == 0) return "no neighbours";
  if (drawn == path.num_neighbours) {
    return message(drawn, drawn == 1 ? " neighbour" : " neighbours");
  }
  return message("the ", drawn, " heaviest of ", path.num_neighbours, " neighbours, with ",
                 std::lround(100.0 * total(path.heaviest)), " % of the attention");
}

// The thickest spoke of a wheel: so that all have room around the hub.
double thickest(std::size_t num_spokes) {
  constexpr double kAround = 120.0;
  return std::min(kThickest, kAround / static_cast<double>(std::max<std::size_t>(1, num_spokes)));
}

void write_tooltip(std::ostream& out, const DrawnNeighbour& n,
                   const std::vector<std::string>& labels) {
  out << "<title>" << svg_text(n.name, n.name.size()) << ", "
      << svg_text(labels[n.label], kShownCharacters) << ": attention " << n.weight << "</title>";
}

// A loop above the hub stands for the node as its own neighbour.
void write_spoke(std::ostream& out, const DrawnNeighbour& n, double x, double y, double angle,
                 double thick, const std::vector<std::string>& labels) {
  out << "<g>";
  write_tooltip(out, n, labels);
  if (n.is_itself) {
    out << "<circle cx=\"" << x << "\" cy=\"" << y - kLoop / 2 << "\" r=\"" << kLoop / 2
        << "\" fill=\"none\" stroke=\"#a8a8a8\" stroke-width=\"" << thick << "\"/></g>\n";
    return;
  }
  const double dx = std::cos(angle), dy = std::sin(angle);
  const double to_x = x + kSpoke * dx, to_y = y + kSpoke * dy;
  const char* const anchor = dx > 0.3 ? "start" : dx < -0.3 ? "end" : "middle";
  out << "<line x1=\"" << x << "\" y1=\"" << y << "\" x2=\"" << to_x << "\" y2=\"" << to_y
      << "\" stroke=\"#a8a8a8\" stroke-width=\"" << thick << "\"/><circle cx=\"" << to_x
      << "\" cy=\"" << to_y << "\" r=\"8\" fill=\"" << class_color(n.label, labels.size())
      << "\" stroke=\"#404040\"/><text x=\"" << to_x + 14 * dx << "\" y=\"" << to_y + 18 * dy + 4
      << "\" text-anchor=\"" << anchor << "\">" << svg_text(n.name, kShownOfName)
      << "</text></g>\n";
}

void write_wheel(std::ostream& out, const DrawnPath& path, const DrawnNeighbourhood& node, int top,
                 const std::vector<std::string>& labels) {
  out << "<g class=\"path\"><text x=\"" << kLeft << "\" y=\"" << top + 20
      << "\" font-weight=\"bold\">" << svg_text(path.name, kShownCharacters) << "</text><text x=\""
      << kLeft << "\" y=\"" << top + 38 << "\">weight " << path.weight << "; " << title_of(path)
      << "</text>\n";
  const double x = kWidth / 2.0, y = top + kTitle + kWheel / 2.0;
  float greatest = 0.0f;
  std::size_t num_spokes = 0;
  for (const DrawnNeighbour& n : path.heaviest) {
    greatest = std::max(greatest, n.weight);
    if (!n.is_itself) ++num_spokes;
  }
  const double scale = greatest > 0.0f ? thickest(num_spokes) / static_cast<double>(greatest) : 0.0;
  const double step =
      2.0 * std::numbers::pi / static_cast<double>(std::max<std::size_t>(1, num_spokes));
  double angle = (step - std::numbers::pi) / 2.0;  // None points up, where the loop is.
  for (const DrawnNeighbour& n : path.heaviest) {
    const double thick = std::max(kThinnest, scale * static_cast<double>(n.weight));
    write_spoke(out, n, x, y, angle, thick, labels);
    if (!n.is_itself) angle += step;
  }
  out << "<circle cx=\"" << x << "\" cy=\"" << y << "\" r=\"12\" fill=\""
      << class_color(node.label, labels.size()) << "\" stroke=\"#000000\" stroke-width=\"2\"/>"
      << "<text x=\"" << x << "\" y=\"" << y + 28 << "\" text-anchor=\"middle\" "
      << "font-weight=\"bold\">" << svg_text(node.name, kShownOfName) << "</text></g>\n";
}

}  // namespace

std::string draw_neighbourhood(const DrawnNeighbourhood& node,
                               const std::vector<std::string>& labels) {
  const int each = kTitle + kWheel;
  std::ostringstream out;
  out << "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" << kWidth << "\" height=\""
      << kTop + 24 + each * static_cast<int>(node.paths.size())
      << "\" font-family=\"Helvetica, sans-serif\" font-size=\"13\">\n"
      << "<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n";
  write_svg_legend(out, labels, kLeft);
  out << "<text x=\"" << kLeft << "\" y=\"" << kTop + 8 << "\">"
      << svg_text(node.name, kShownCharacters) << ": "
      << svg_text(labels[node.label], kShownCharacters) << ", " << node.probability << "</text>\n";
  int top = kTop + 16;
  for (const DrawnPath& path : node.paths) {
    write_wheel(out, path, node, top, labels);
    top += each;
  }
  out << "</svg>\n";
  return std::move(out).str();
}

}  // namespace espalier::apps
