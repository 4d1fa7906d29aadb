// The folder of real kernels' output beside the repository, which a checkout on its own does not have.
//
// Tests that need it begin with `const auto shared = shared_folder(); if (!shared) return;`. Without the folder
// each of them says "skipped: Suite.test", in the output and as a property of the test's record. The variable
// MMSCOPE_SHARED names another place.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

namespace mmscope::test {

inline std::optional<std::filesystem::path> shared_folder() {
    const char* named = std::getenv("MMSCOPE_SHARED");
    const std::filesystem::path folder = named != nullptr ? named : MMSCOPE_SHARED_DIR;
    std::error_code error;
    if (std::filesystem::is_directory(folder / "fixtures", error)) return folder;
    const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
    std::printf("skipped: %s.%s needs the shared folder\n", test.test_suite_name(), test.name());
    testing::Test::RecordProperty("skipped", "the shared folder is absent");
    return std::nullopt;
}

// What a comparison with the outside came to, as a line of the test's output: `./mmscope test` adds up those of a name and
// prints the sums.
inline void compared(const std::string& what, unsigned long long equal, unsigned long long all) {
    std::printf("compared %s: %llu of %llu\n", what.c_str(), equal, all);
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Every file below `folder` whose name is `name` or ends in ".name", in order.
inline std::vector<std::filesystem::path> files_named(const std::filesystem::path& folder, const std::string& name) {
    std::vector<std::filesystem::path> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        const std::string file = entry.path().filename().string();
        if (entry.is_regular_file() && (file == name || file.ends_with("." + name))) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

}  // namespace mmscope::test
