# The program in the README is examples/expressions.cpp, which is built and run.
file(READ ${SOURCE}/README.md readme)
file(READ ${SOURCE}/examples/expressions.cpp program)
string(FIND "${program}" "#include <iostream>" begin)
string(SUBSTRING "${program}" ${begin} -1 program)
string(FIND "${readme}" "```cpp\n${program}```\n" place)
if(place EQUAL -1)
  message(FATAL_ERROR "README.md: the first program is not examples/expressions.cpp from its first #include on")
endif()
