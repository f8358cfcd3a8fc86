#include <espalier/base/error.h>

#include <espalier/base/utf8.h>

namespace espalier {
namespace {

std::string located(const TextPosition& where, std::string_view what) {
  std::string text = where.source;
  if (where.line > 0) text += message(':', where.line);
  if (where.line > 0 && where.column > 0) text += message(':', where.column);
  return message(text, ": ", what);
}

}  // namespace

Error::Error(std::string_view what) : std::runtime_error(printable(what)) {}

ParseError::ParseError(const TextPosition& where, std::string_view what)
    : Error(located(where, what)), where_(where) {}

}  // namespace espalier
