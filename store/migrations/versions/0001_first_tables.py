"""The first tables and what guards them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from store.migrations import guards_0001
from store.types import GeometryTypeIs, Utc, json_text, shape, text_key

POLYGONS = ("Polygon", "MultiPolygon")
LINES = ("LineString", "MultiLineString")
revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "app_user",
        sa.Column("login", text_key(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("login", name="pk_app_user"),
    )
    op.create_table(
        "area",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("code", text_key(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("parent_code", text_key(), nullable=True),
        sa.Column("community_type", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("generated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint("level IN ('city', 'district', 'street', 'community')", name="ck_area_level"),
        sa.CheckConstraint(GeometryTypeIs("geom", POLYGONS), name="ck_area_geom"),
        sa.PrimaryKeyConstraint("id", name="pk_area"),
        sa.UniqueConstraint("code", name="uq_area_code"),
    )
    op.create_index("ix_area_level", "area", ["level"], unique=False)
    op.create_index("ix_area_parent_code", "area", ["parent_code"], unique=False)
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("details", json_text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_table(
        "barrier",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", LINES + POLYGONS), name="ck_barrier_geom"),
        sa.PrimaryKeyConstraint("id", name="pk_barrier"),
        sa.UniqueConstraint("key", name="uq_barrier_key"),
    )
    op.create_table(
        "ground",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", POLYGONS), name="ck_ground_geom"),
        sa.PrimaryKeyConstraint("id", name="pk_ground"),
        sa.UniqueConstraint("key", name="uq_ground_key"),
    )
    op.create_table(
        "circle_run",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("profiles", json_text(), nullable=False),
        sa.Column("categories", json_text(), nullable=False),
        sa.Column("data_version", sa.Integer(), nullable=False),
        sa.Column("made_at", Utc(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("method", json_text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_circle_run"),
    )
    op.create_table(
        "city_setting",
        sa.Column("name", text_key(), nullable=False),
        sa.Column("value", json_text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_city_setting"),
    )
    op.create_table(
        "facility",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("capacity", sa.Float(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("opening_hours", sa.Text(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", ("Point",)), name="ck_facility_geom"),
        sa.CheckConstraint("capacity >= 0", name="ck_facility_capacity"),
        sa.PrimaryKeyConstraint("id", name="pk_facility"),
        sa.UniqueConstraint("key", name="uq_facility_key"),
    )
    op.create_index("ix_facility_category", "facility", ["category"], unique=False)
    op.create_table(
        "login_failure",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("login", text_key(), nullable=False),
        sa.Column("at", Utc(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_login_failure"),
    )
    op.create_index("ix_login_failure_login", "login_failure", ["login", "at"], unique=False)
    op.create_table(
        "store_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("data_version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id = 1", name="ck_store_state_one_row"),
        sa.PrimaryKeyConstraint("id", name="pk_store_state"),
    )
    op.create_table(
        "street",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("u", sa.BigInteger(), nullable=True),
        sa.Column("v", sa.BigInteger(), nullable=True),
        sa.Column("highway", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("length_m", sa.Float(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", ("LineString",)), name="ck_street_geom"),
        sa.CheckConstraint("length_m >= 0", name="ck_street_length_m"),
        sa.PrimaryKeyConstraint("id", name="pk_street"),
        sa.UniqueConstraint("key", name="uq_street_key"),
    )
    op.create_table(
        "worker",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("full_time", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("skills", json_text(), nullable=True),
        sa.Column("languages", json_text(), nullable=True),
        sa.Column("community", text_key(), nullable=True),
        sa.Column("geom", shape(), nullable=True),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", ("Point",)), name="ck_worker_geom"),
        sa.CheckConstraint("capacity >= 0", name="ck_worker_capacity"),
        sa.PrimaryKeyConstraint("id", name="pk_worker"),
        sa.UniqueConstraint("key", name="uq_worker_key"),
    )
    op.create_index("ix_worker_community", "worker", ["community"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("grid_code", text_key(), nullable=False),
        sa.Column("worker_key", text_key(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("walk_s", sa.Float(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("started_at", Utc(), nullable=False),
        sa.Column("ended_at", Utc(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.CheckConstraint("role IN ('lead', 'member')", name="ck_assignment_role"),
        sa.CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ck_assignment_ended_by"),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ck_assignment_ended_at"),
        sa.CheckConstraint("walk_s >= 0", name="ck_assignment_walk_s"),
        sa.ForeignKeyConstraint(["worker_key"], ["worker.key"], name="fk_assignment_worker_key"),
        sa.PrimaryKeyConstraint("id", name="pk_assignment"),
    )
    op.create_index("ix_assignment_community_code", "assignment", ["community_code"], unique=False)
    op.create_index("ix_assignment_worker_key", "assignment", ["worker_key"], unique=False)
    op.create_index(
        "uq_assignment_lead",
        "assignment",
        ["grid_code"],
        unique=True,
        sqlite_where=sa.text("role = 'lead' AND ended_at IS NULL"),
        postgresql_where=sa.text("role = 'lead' AND ended_at IS NULL"),
    )
    op.create_index(
        "uq_assignment_live",
        "assignment",
        ["grid_code", "worker_key"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "building",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("community_code", text_key(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("name_en", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Float(), nullable=True),
        sa.Column("older_residents", sa.Float(), nullable=True),
        sa.Column("estimated", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("building_use", sa.Text(), nullable=True),
        sa.Column("levels", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", POLYGONS), name="ck_building_geom"),
        sa.CheckConstraint("households >= 0", name="ck_building_households"),
        sa.CheckConstraint("older_residents >= 0", name="ck_building_older_residents"),
        sa.CheckConstraint("residents >= 0", name="ck_building_residents"),
        sa.ForeignKeyConstraint(["community_code"], ["area.code"], name="fk_building_community_code", initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id", name="pk_building"),
        sa.UniqueConstraint("key", name="uq_building_key"),
    )
    op.create_index("ix_building_community_code", "building", ["community_code"], unique=False)
    op.create_table(
        "circle",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("minutes", sa.Float(), nullable=False),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", POLYGONS), name="ck_circle_geom"),
        sa.ForeignKeyConstraint(["run_id"], ["circle_run.id"], name="fk_circle_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_circle"),
    )
    op.create_index("ix_circle_run_id", "circle", ["run_id"], unique=False)
    op.create_table(
        "coverage",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("area_code", text_key(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("profile", sa.Text(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("limit_s", sa.Float(), nullable=False),
        sa.Column("people", sa.Float(), nullable=True),
        sa.Column("covered_people", sa.Float(), nullable=True),
        sa.Column("covered_share", sa.Float(), nullable=True),
        sa.Column("radius_share", sa.Float(), nullable=True),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint("covered_people >= 0", name="ck_coverage_covered_people"),
        sa.CheckConstraint("covered_share BETWEEN 0 AND 1", name="ck_coverage_covered_share"),
        sa.CheckConstraint("people >= 0", name="ck_coverage_people"),
        sa.CheckConstraint("radius_share BETWEEN 0 AND 1", name="ck_coverage_radius_share"),
        sa.ForeignKeyConstraint(["run_id"], ["circle_run.id"], name="fk_coverage_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_coverage"),
    )
    op.create_index("uq_coverage_row", "coverage", ["run_id", "level", "area_code", "profile", "category", "limit_s"], unique=True)
    op.create_table(
        "door_walk",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("walks", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["circle_run.id"], name="fk_door_walk_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("run_id", "community_code", name="pk_door_walk"),
    )
    op.create_table(
        "grid_plan",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=True),
        sa.Column("rule", json_text(), nullable=False),
        sa.Column("report", json_text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", Utc(), nullable=False),
        sa.Column("published_at", Utc(), nullable=True),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.CheckConstraint("(status = 'draft') = (valid_from IS NULL)", name="ck_grid_plan_valid_from"),
        sa.CheckConstraint("(status = 'retired') = (valid_to IS NOT NULL)", name="ck_grid_plan_valid_to"),
        sa.CheckConstraint("status IN ('draft', 'active', 'retired')", name="ck_grid_plan_status"),
        sa.ForeignKeyConstraint(["based_on"], ["grid_plan.id"], name="fk_grid_plan_based_on"),
        sa.ForeignKeyConstraint(["community_code"], ["area.code"], name="fk_grid_plan_community_code"),
        sa.PrimaryKeyConstraint("id", name="pk_grid_plan"),
    )
    op.create_index("ix_grid_plan_community", "grid_plan", ["community_code"], unique=False)
    op.create_index(
        "uq_grid_plan_active",
        "grid_plan",
        ["community_code"],
        unique=True,
        sqlite_where=sa.text("status = 'active'"),
        postgresql_where=sa.text("status = 'active'"),
    )
    op.create_table(
        "user_grant",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("login", text_key(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("area_code", text_key(), nullable=False),
        sa.Column("valid_from", Utc(), nullable=True),
        sa.Column("valid_to", Utc(), nullable=True),
        sa.CheckConstraint(
            "role IN ('planner', 'receiver', 'coordinator', 'worker', 'verifier', 'unit_handler', 'leader', 'auditor', 'admin')", name="ck_user_grant_role"
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="ck_user_grant_valid_to"),
        sa.ForeignKeyConstraint(["login"], ["app_user.login"], name="fk_user_grant_login", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_user_grant"),
    )
    op.create_index("ix_user_grant_login", "user_grant", ["login"], unique=False)
    op.create_table(
        "user_session",
        sa.Column("token_hash", text_key(), nullable=False),
        sa.Column("login", text_key(), nullable=False),
        sa.Column("opened_at", Utc(), nullable=False),
        sa.Column("seen_at", Utc(), nullable=False),
        sa.Column("expires_at", Utc(), nullable=False),
        sa.Column("revoked_at", Utc(), nullable=True),
        sa.ForeignKeyConstraint(["login"], ["app_user.login"], name="fk_user_session_login", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token_hash", name="pk_user_session"),
    )
    op.create_index("ix_user_session_login", "user_session", ["login"], unique=False)
    op.create_table(
        "case_",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("case_no", sa.Text(), nullable=True),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reported_at", Utc(), nullable=False),
        sa.Column("due_at", Utc(), nullable=True),
        sa.Column("closed_at", Utc(), nullable=True),
        sa.Column("grid_code", text_key(), nullable=True),
        sa.Column("plan_id", sa.Integer(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", ("Point",)), name="ck_case__geom"),
        sa.CheckConstraint("closed_at IS NULL OR closed_at >= reported_at", name="ck_case__closed_at"),
        sa.ForeignKeyConstraint(["plan_id"], ["grid_plan.id"], name="fk_case__plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_case_"),
        sa.UniqueConstraint("key", name="uq_case__key"),
    )
    op.create_index("ix_case__grid_code", "case_", ["grid_code"], unique=False)
    op.create_table(
        "entrance",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("key", text_key(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column("building_key", text_key(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", ("Point",)), name="ck_entrance_geom"),
        sa.ForeignKeyConstraint(["building_key"], ["building.key"], name="fk_entrance_building_key", ondelete="CASCADE", initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id", name="pk_entrance"),
        sa.UniqueConstraint("key", name="uq_entrance_key"),
    )
    op.create_index("ix_entrance_building_key", "entrance", ["building_key"], unique=False)
    op.create_table(
        "grid",
        sa.Column("id", sa.Integer(), sa.Identity(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("code", text_key(), nullable=False),
        sa.Column("community_code", text_key(), nullable=False),
        sa.Column("kind", sa.Text(), server_default=sa.text("'comprehensive'"), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("households", sa.Integer(), nullable=True),
        sa.Column("residents", sa.Float(), nullable=True),
        sa.Column("geom", shape(), nullable=False),
        sa.Column("extra", json_text(), nullable=True),
        sa.CheckConstraint(GeometryTypeIs("geom", POLYGONS), name="ck_grid_geom"),
        sa.CheckConstraint("households >= 0", name="ck_grid_households"),
        sa.CheckConstraint("residents >= 0", name="ck_grid_residents"),
        sa.CheckConstraint("substr(code, 1, length(community_code)) = community_code AND length(code) > length(community_code)", name="ck_grid_code"),
        sa.ForeignKeyConstraint(["plan_id"], ["grid_plan.id"], name="fk_grid_plan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_grid"),
        sa.UniqueConstraint("plan_id", "code", name="uq_grid_plan_id_code"),
    )
    op.create_index("ix_grid_code", "grid", ["code"], unique=False)
    op.create_index("ix_grid_community_code", "grid", ["community_code"], unique=False)
    op.create_table(
        "grid_building",
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("building_key", text_key(), nullable=False),
        sa.Column("grid_code", text_key(), nullable=False),
        sa.ForeignKeyConstraint(["building_key"], ["building.key"], name="fk_grid_building_building_key"),
        sa.ForeignKeyConstraint(["plan_id", "grid_code"], ["grid.plan_id", "grid.code"], name="fk_grid_building_plan_id_grid_code", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "building_key", name="pk_grid_building"),
    )
    op.create_index("ix_grid_building_building_key", "grid_building", ["building_key"], unique=False)
    op.create_index("ix_grid_building_grid", "grid_building", ["plan_id", "grid_code"], unique=False)
    op.execute("INSERT INTO store_state (id, data_version) VALUES (1, 0)")
    guards_0001.put_up(op.get_bind())


def downgrade() -> None:
    guards_0001.take_down(op.get_bind())
    op.drop_index("ix_grid_building_grid", table_name="grid_building")
    op.drop_index("ix_grid_building_building_key", table_name="grid_building")
    op.drop_table("grid_building")
    op.drop_index("ix_grid_community_code", table_name="grid")
    op.drop_index("ix_grid_code", table_name="grid")
    op.drop_table("grid")
    op.drop_index("ix_entrance_building_key", table_name="entrance")
    op.drop_table("entrance")
    op.drop_index("ix_case__grid_code", table_name="case_")
    op.drop_table("case_")
    op.drop_index("ix_user_session_login", table_name="user_session")
    op.drop_table("user_session")
    op.drop_index("ix_user_grant_login", table_name="user_grant")
    op.drop_table("user_grant")
    op.drop_index("uq_grid_plan_active", table_name="grid_plan", sqlite_where=sa.text("status = 'active'"), postgresql_where=sa.text("status = 'active'"))
    op.drop_index("ix_grid_plan_community", table_name="grid_plan")
    op.drop_table("grid_plan")
    op.drop_table("door_walk")
    op.drop_index("uq_coverage_row", table_name="coverage")
    op.drop_table("coverage")
    op.drop_index("ix_circle_run_id", table_name="circle")
    op.drop_table("circle")
    op.drop_index("ix_building_community_code", table_name="building")
    op.drop_table("building")
    op.drop_index("uq_assignment_live", table_name="assignment", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index(
        "uq_assignment_lead",
        table_name="assignment",
        sqlite_where=sa.text("role = 'lead' AND ended_at IS NULL"),
        postgresql_where=sa.text("role = 'lead' AND ended_at IS NULL"),
    )
    op.drop_index("ix_assignment_worker_key", table_name="assignment")
    op.drop_index("ix_assignment_community_code", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index("ix_worker_community", table_name="worker")
    op.drop_table("worker")
    op.drop_table("street")
    op.drop_table("store_state")
    op.drop_index("ix_login_failure_login", table_name="login_failure")
    op.drop_table("login_failure")
    op.drop_index("ix_facility_category", table_name="facility")
    op.drop_table("facility")
    op.drop_table("city_setting")
    op.drop_table("circle_run")
    op.drop_table("barrier")
    op.drop_table("ground")
    op.drop_table("audit")
    op.drop_index("ix_area_parent_code", table_name="area")
    op.drop_index("ix_area_level", table_name="area")
    op.drop_table("area")
    op.drop_table("app_user")
