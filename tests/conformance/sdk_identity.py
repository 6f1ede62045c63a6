"""Users, groups and service principals through both generations of the vendor's SCIM methods."""

from databricks.sdk.errors import NotFound
from databricks.sdk.service import iam

import current

PATCH = [iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]


def values(*given):
    return [iam.ComplexValue(value=value) for value in given]


def read(found):
    return sorted(item.value for item in found or [])


class Identity(current.Judged):
    def users(self):
        yield "users", self.w.users
        yield "users_v2", self.w.users_v2

    def groups(self):
        yield "groups", self.w.groups
        yield "groups_v2", self.w.groups_v2

    def service_principals(self):
        yield "service_principals", self.w.service_principals
        yield "service_principals_v2", self.w.service_principals_v2

    def test_me(self):
        me = self.w.current_user.me()
        self.assertEqual(self.w.users.get(me.id).user_name, me.user_name)
        self.assertTrue(me.active)
        self.assertIn("admins", [group.display for group in me.groups])
        self.assertNotIn("admins", [group.display for group in self.other.current_user.me().groups])

    def test_a_user(self):
        for generation, api in self.users():
            with self.subTest(generation):
                name = generation + "@example.com"
                asked = dict(user_name=name, display_name="Some Body", active=True, external_id="x-1",
                             name=iam.Name(given_name="Some", family_name="Body"),
                             emails=[iam.ComplexValue(value=name, type="work", primary=True)],
                             entitlements=values("allow-cluster-create"),
                             roles=values("arn:aws:iam::1:instance-profile/a"),
                             schemas=[iam.UserSchema.URN_IETF_PARAMS_SCIM_SCHEMAS_CORE_2_0_USER])
                made = api.create(**asked)
                for user in (made, api.get(made.id)):
                    for field in ("user_name", "display_name", "active", "external_id", "name", "emails",
                                  "entitlements", "roles"):
                        self.assertEqual(getattr(user, field), asked[field], field)
                self.assertEqual([user.id for user in api.list(filter='userName eq "%s"' % name)], [made.id])
                brief = next(iter(api.list(filter='userName eq "%s"' % name, attributes="id,userName")))
                self.assertEqual((brief.id, brief.user_name, brief.display_name), (made.id, name, None))
                api.patch(made.id, schemas=PATCH, operations=[
                    # A bare value of false the SDK would leave out.
                    iam.Patch(op=iam.PatchOp.REPLACE, value={"active": False}),
                    iam.Patch(op=iam.PatchOp.ADD, path="entitlements", value=[{"value": "workspace-access"}]),
                    iam.Patch(op=iam.PatchOp.REMOVE, path='entitlements[value eq "allow-cluster-create"]')])
                changed = api.get(made.id)
                self.assertEqual((changed.active, read(changed.entitlements)), (False, ["workspace-access"]))
                api.update(made.id, user_name=name, display_name="Replaced", roles=values("r"))
                changed = api.get(made.id)
                self.assertEqual((changed.user_name, changed.display_name, changed.active, read(changed.roles),
                                  changed.entitlements, changed.name, changed.external_id),
                                 (name, "Replaced", True, ["r"], [], None, None), "an update replaces all")
                api.delete(made.id)
                with self.assertRaises(NotFound):
                    api.get(made.id)

    def test_a_group_and_its_members(self):
        user = self.w.users.create(user_name="member@example.com").id
        for generation, api in self.groups():
            with self.subTest(generation):
                inner = api.create(display_name=generation + " inner", members=values(user),
                                   entitlements=values("databricks-sql-access"), external_id="x-2",
                                   roles=values("arn:aws:iam::1:instance-profile/a"))
                outer = api.create(display_name=generation + " outer")
                api.patch(outer.id, schemas=PATCH, operations=[
                    iam.Patch(op=iam.PatchOp.ADD, path="members", value=[{"value": inner.id}, {"value": user}])])
                self.assertEqual(read(api.get(outer.id).members), sorted([inner.id, user]))
                shown = api.get(inner.id)
                self.assertEqual((read(shown.members), read(shown.entitlements), shown.external_id, read(shown.roles)),
                                 ([user], ["databricks-sql-access"], "x-2", ["arn:aws:iam::1:instance-profile/a"]))
                self.assertEqual([group.display for group in shown.groups], [generation + " outer"])
                self.assertEqual(shown.meta.resource_type, "WorkspaceGroup")
                self.assertEqual(shown.members[0].ref, "Users/" + user)
                self.assertEqual({member.ref for member in api.get(outer.id).members},
                                 {"Users/" + user, "Groups/" + inner.id})
                api.patch(outer.id, schemas=PATCH, operations=[
                    iam.Patch(op=iam.PatchOp.REMOVE, path='members[value eq "%s"]' % user)])
                self.assertEqual(read(api.get(outer.id).members), [inner.id])
                api.update(outer.id, display_name=generation + " renamed", members=values(user))
                self.assertEqual((api.get(outer.id).display_name, read(api.get(outer.id).members)),
                                 (generation + " renamed", [user]))
                light = {group.id: group for group in api.list(excluded_attributes="members")}
                self.assertIsNone(light[outer.id].members or None)
                for group in (inner, outer):
                    api.delete(group.id)
                self.assertNotIn(inner.id, [group.id for group in api.list()])

    def test_a_service_principal(self):
        for generation, api in self.service_principals():
            with self.subTest(generation):
                made = api.create(display_name=generation, active=True, entitlements=values("workspace-access"),
                                  external_id="x-3")
                self.assertEqual(len(made.application_id), 36)
                shown = api.get(made.id)
                self.assertEqual((shown.display_name, shown.active, read(shown.entitlements), shown.application_id,
                                  shown.external_id),
                                 (generation, True, ["workspace-access"], made.application_id, "x-3"))
                given = api.create(display_name=generation, application_id="00000000-0000-4000-8000-0000000000%02d"
                                   % len(generation))
                self.assertEqual(given.application_id, api.get(given.id).application_id)
                self.assertNotEqual(given.id, made.id, "two of one name are two")
                self.assertEqual([found.id for found in api.list(
                    filter='applicationId eq "%s"' % given.application_id)], [given.id])
                api.patch(made.id, schemas=PATCH, operations=[
                    iam.Patch(op=iam.PatchOp.REPLACE, path="displayName", value="renamed")])
                self.assertEqual(api.get(made.id).display_name, "renamed")
                api.update(made.id, display_name="replaced", active=True, entitlements=values("e"))
                shown = api.get(made.id)
                self.assertEqual((shown.display_name, read(shown.entitlements), shown.application_id),
                                 ("replaced", ["e"], made.application_id))
                for principal in (made, given):
                    api.delete(principal.id)
                self.assertEqual(list(api.list(filter='displayName sw "%s"' % generation)), [])


class IdentityPages(current.Judged):
    def test_all_pages(self):
        names = ["page%02d@example.com" % number for number in range(23)]
        for name in reversed(names):
            self.w.users.create(user_name=name)
            self.w.groups.create(display_name=name)
            self.w.service_principals.create(display_name=name)
        for api, field in ((self.w.users, "user_name"), (self.w.groups, "display_name"),
                           (self.w.service_principals, "display_name")):
            by = {"user_name": "userName", "display_name": "displayName"}[field]
            for count in (None, 5, 23, 1000):
                found = [getattr(item, field) for item in api.list(count=count, filter='%s sw "page"' % by)]
                self.assertEqual(sorted(found), names, count)
            for order, expected in ((iam.ListSortOrder.ASCENDING, names), (iam.ListSortOrder.DESCENDING, names[::-1])):
                found = [getattr(item, field) for item in api.list(count=4, sort_by=by, sort_order=order,
                                                                   filter='%s sw "page"' % by)]
                self.assertEqual(found, expected)
