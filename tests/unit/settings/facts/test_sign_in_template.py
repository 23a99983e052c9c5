"""The template of the listener rule, whole: what a person needs to know who may enter."""

from settings.facts.sign_in_template import SignIn, secret_reference, sign_in_template

NAME, VERSION = "app/SECRET", "v-2"
SIGN_IN = SignIn(domain="org.auth0.com", client_id="the-app", secret_name=NAME, secret_version_id=VERSION)


def test_the_rule_asks_auth0_first_and_forwards_then() -> None:
    template = sign_in_template("arn:listener", "dg.example.com", "arn:group", SIGN_IN)
    assert template["Resources"] == {
        "Rule": {
            "Type": "AWS::ElasticLoadBalancingV2::ListenerRule",
            "Properties": {
                "ListenerArn": "arn:listener",
                "Priority": 100,
                "Conditions": [{"Field": "host-header", "HostHeaderConfig": {"Values": ["dg.example.com"]}}],
                "Actions": [
                    {
                        "Type": "authenticate-oidc",
                        "Order": 1,
                        "AuthenticateOidcConfig": {
                            "Issuer": "https://org.auth0.com/",
                            "AuthorizationEndpoint": "https://org.auth0.com/authorize",
                            "TokenEndpoint": "https://org.auth0.com/oauth/token",
                            "UserInfoEndpoint": "https://org.auth0.com/userinfo",
                            "ClientId": "the-app",
                            "ClientSecret": "{{resolve:secretsmanager:app/SECRET:SecretString:::v-2}}",
                            "OnUnauthenticatedRequest": "authenticate",
                            "Scope": "openid",
                            "SessionTimeout": 43200,
                        },
                    },
                    {"Type": "forward", "Order": 2, "TargetGroupArn": "arn:group"},
                ],
            },
        }
    }


def test_another_version_of_the_secret_is_another_reference() -> None:
    assert secret_reference(NAME, VERSION) != secret_reference(NAME, "v-3")
