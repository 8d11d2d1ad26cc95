"""What others may call of assessment. Reads take the caller's unit; use cases take the platform."""

from scholr.contexts.assessment.grading import Outcome, percentage_bp, points_number
from scholr.contexts.assessment.model import (
    Accommodation,
    AssessmentPolicy,
    AttemptStatus,
    FeedbackLevel,
    FeedbackPolicy,
    FeedbackTime,
    LatePolicy,
    ScoringPolicy,
)
from scholr.contexts.assessment.presenting import PresentedOption, PresentedQuestion
from scholr.contexts.assessment.queries.gradebook import AttemptLine, ScoreView, best_score, scores_of
from scholr.contexts.assessment.queries.listing import AssessmentView, assessment, assessments, assessments_of_course
from scholr.contexts.assessment.queries.results import ItemStatistics, OverrideLine
from scholr.contexts.assessment.questions import Question, QuestionType, key_as_json
from scholr.contexts.assessment.service.accommodating import (
    AccommodationView,
    clear_accommodation,
    list_accommodations,
    set_accommodation,
)
from scholr.contexts.assessment.service.authoring import (
    QuestionDraft,
    add_question,
    change_question,
    create_assessment,
    remove_question,
    update_assessment,
)
from scholr.contexts.assessment.service.banks import (
    BankView,
    add_bank_question,
    add_draw,
    arrange_entries,
    bank_questions,
    change_bank_question,
    create_bank,
    delete_bank,
    list_banks,
    remove_bank_question,
    remove_draw,
    rename_bank,
)
from scholr.contexts.assessment.service.exporting import results_csv
from scholr.contexts.assessment.service.introducing import IntroView, introduction
from scholr.contexts.assessment.service.marking import Judgement, override_grade
from scholr.contexts.assessment.service.reading import (
    Entry,
    access_assessment,
    authored_entries,
    list_assessments,
)
from scholr.contexts.assessment.service.reporting import (
    GradeRow,
    ResultItem,
    ResultView,
    attempt_result,
    gradebook_page,
    statistics,
)
from scholr.contexts.assessment.service.reviewing import taking_view, verify_receipt
from scholr.contexts.assessment.service.submitting import submit_attempt
from scholr.contexts.assessment.service.taking import save_answers, start_attempt
from scholr.contexts.assessment.service.views import AttemptView, Receipt, SubmitView, TakingView

__all__ = [
    "Accommodation",
    "AccommodationView",
    "AssessmentPolicy",
    "AssessmentView",
    "AttemptLine",
    "AttemptStatus",
    "AttemptView",
    "BankView",
    "Entry",
    "FeedbackLevel",
    "FeedbackPolicy",
    "FeedbackTime",
    "GradeRow",
    "IntroView",
    "ItemStatistics",
    "Judgement",
    "LatePolicy",
    "Outcome",
    "OverrideLine",
    "PresentedOption",
    "PresentedQuestion",
    "Question",
    "QuestionDraft",
    "QuestionType",
    "Receipt",
    "ResultItem",
    "ResultView",
    "ScoreView",
    "ScoringPolicy",
    "SubmitView",
    "TakingView",
    "access_assessment",
    "add_bank_question",
    "add_draw",
    "add_question",
    "arrange_entries",
    "assessment",
    "assessments",
    "assessments_of_course",
    "attempt_result",
    "authored_entries",
    "bank_questions",
    "best_score",
    "change_bank_question",
    "change_question",
    "clear_accommodation",
    "create_assessment",
    "create_bank",
    "delete_bank",
    "gradebook_page",
    "introduction",
    "key_as_json",
    "list_accommodations",
    "list_assessments",
    "list_banks",
    "override_grade",
    "percentage_bp",
    "points_number",
    "remove_bank_question",
    "remove_draw",
    "remove_question",
    "rename_bank",
    "results_csv",
    "save_answers",
    "scores_of",
    "set_accommodation",
    "start_attempt",
    "statistics",
    "submit_attempt",
    "taking_view",
    "update_assessment",
    "verify_receipt",
]
