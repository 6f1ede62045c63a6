// Notebooks' texts for the large sample: written anew from a seed for each read, so that a million of them need no
// memory. Words, queries and code repeat in them as they do in real ones, so that they compress like those.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace emulator {

// A sequence of numbers that is the same on every machine.
class SampleRandom {
 public:
  explicit SampleRandom(uint64_t seed) : state_(seed) {}

  uint64_t Next();
  // 0 to `count` - 1; the small ones come more often where `skewed`.
  size_t Below(size_t count) { return static_cast<size_t>(Next() % count); }
  size_t SkewedBelow(size_t count);
  bool Chance(unsigned percent) { return Below(100) < percent; }

 private:
  uint64_t state_;
};

std::string_view SampleWord(SampleRandom& random);   // "invoice"
std::string_view SampleTopic(SampleRandom& random);  // "billing"
std::string_view SampleVerb(SampleRandom& random);   // "merge"
std::string SampleUserName(size_t number);           // "lena.novak17@example.com", another one for each number

// The notebook's language, and its SOURCE text: half of them have less than 4 KB, one in a hundred more than 40 KB.
const char* SampleLanguage(uint64_t seed);
std::string SampleNotebookText(uint64_t seed);

}  // namespace emulator
