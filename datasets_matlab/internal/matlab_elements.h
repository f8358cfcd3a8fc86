#pragma once

#include <string>

namespace espalier::datasets {

/// Looks at what matio believes unseen: that the elements of a file of version 5 are all there (it
/// fills up with zeros what is not) and that dimensions and names of matrices are of a few bytes
/// (it takes the memory that they claim).
///
/// Throws ParseError, naming the file and the element's place.
void check_elements(const std::string& path);

}  // namespace espalier::datasets
