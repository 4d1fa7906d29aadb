// What came in by paste or drop: the part of answers.h that knows /proc files.
#include <optional>

#include "api/answer.h"
#include "api/answers.h"
#include "intake/recognise.h"
#include "play/import.h"

namespace mmscope::answers {

namespace {

const char* kind_name(PieceKind kind) {
    return kind == PieceKind::unknown ? "unknown" : kPieceNames[static_cast<u32>(kind)];
}

template <class Info>
std::optional<Diagnostic> fault_of(const Result<Info>& parsed) {
    if (parsed) return std::nullopt;
    return parsed.error();
}

std::optional<Diagnostic> fault_in(const Piece& piece) {
    switch (piece.kind) {
        case PieceKind::zoneinfo:
            return fault_of(parse_zoneinfo(piece.text, piece.first_line));
        case PieceKind::buddyinfo:
            return fault_of(parse_buddyinfo(piece.text, piece.first_line));
        case PieceKind::pagetypeinfo:
            return fault_of(parse_pagetypeinfo(piece.text, piece.first_line));
        case PieceKind::slabinfo:
            return fault_of(parse_slabinfo(piece.text, piece.first_line));
        case PieceKind::script:
        case PieceKind::unknown:
            break;
    }
    return std::nullopt;
}

void put_problem(Answer& answer, const std::optional<Diagnostic>& problem, std::string_view text) {
    answer.key("problem");
    if (!problem) {
        answer.null();
        return;
    }
    answer.value(*problem, text);
}

bool has_line(std::string_view text, std::string_view wanted) {
    for (size_t at = text.find(wanted); at != std::string_view::npos; at = text.find(wanted, at + 1)) {
        const size_t end = at + wanted.size();
        if ((at == 0 || text[at - 1] == '\n') && (end == text.size() || text[end] == '\n' || text[end] == '\r'))
            return true;
    }
    return false;
}

// A word that stands on no line of the text.
std::string terminator_for(std::string_view text) {
    std::string word = "END";
    for (u32 i = 2; has_line(text, word); ++i) word = "END" + std::to_string(i);
    return word;
}

}  // namespace

std::string recognised(std::string_view text) {
    const Result<std::vector<Piece>> pieces = recognise(text);
    std::optional<Diagnostic> problem = fault_of(pieces);
    Answer answer;
    answer.begin_object().key("pieces").begin_array();
    if (pieces) {
        for (const Piece& piece : *pieces) {
            answer.begin_object().member("kind", kind_name(piece.kind)).member("firstLine", piece.first_line);
            answer.member("lines", piece.lines).end_object();
            if (!problem) problem = fault_in(piece);
        }
    }
    answer.end_array();
    put_problem(answer, problem, text);
    return answer.end_object().text();
}

std::string import_script(std::string_view text) {
    const std::optional<Diagnostic> problem = fault_of(read_import(text));
    std::string script;
    if (!problem) {
        const std::string end = terminator_for(text);
        script = "#!mm 1\nmachine from text <<" + end + "\n" + std::string(text);
        if (text.empty() || text.back() != '\n') script += '\n';
        script += end + "\n";
    }
    Answer answer;
    answer.begin_object().member("script", script);
    put_problem(answer, problem, text);
    return answer.end_object().text();
}

}  // namespace mmscope::answers
