<?php
$options = json_decode(file_get_contents(getenv('DAYPASS_TEST_FOLDER') . '/options.json'), true);
$upn = 'http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn';

$metadata[getenv('DAYPASS_TEST_BASE') . 'trust'] = [
    'host' => '__DEFAULT__',
    'privatekey' => $options['key'] . '.key',
    'certificate' => $options['key'] . '.crt',
    'auth' => 'cast',
    'attributes.NameFormat' => 'urn:oasis:names:tc:SAML:2.0:attrname-format:unspecified',
    'NameIDFormat' => $options['name_id_format'],
    'simplesaml.nameidattribute' => $upn,
    'saml20.sign.response' => $options['sign_response'],
    'signature.algorithm' => $options['signature_algorithm'],
    'assertion.encryption' => $options['encrypt_assertion'],
    'validate.authnrequest' => $options['demand_signed_requests'],
    'sign.logout' => true,
    'validate.logout' => true,
    'authproc' => [],
];
$hosted = &$metadata[getenv('DAYPASS_TEST_BASE') . 'trust'];
if ($options['next_key']) {
    $hosted += ['new_privatekey' => $options['next_key'] . '.key', 'new_certificate' => $options['next_key'] . '.crt'];
}
if (!$options['name_id']) {
    $hosted['authproc'][] = [
        'class' => 'core:PHP',
        'code' => '
            foreach (["1.1:nameid-format:unspecified", "1.1:nameid-format:emailAddress"] as $format) {
                $state["saml:NameID"]["urn:oasis:names:tc:SAML:$format"] = new NoNameId();
            }',
    ];
}
if ($options['refuses']) {
    $hosted['authproc'][] = [
        'class' => 'core:PHP',
        'code' => '\SimpleSAML\Auth\State::throwException($state, new \SimpleSAML\Module\saml\Error(
            \SAML2\Constants::STATUS_RESPONDER, \SAML2\Constants::STATUS_AUTHN_FAILED, "the account has expired"));',
    ];
}
